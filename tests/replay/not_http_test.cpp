#include "replay/not_http.h"

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

NotHttpPlace place(std::uint64_t offset, std::uint64_t bytes) {
    return {.connection = 1, .offset = offset, .bytes = bytes};
}

TEST(NotHttpPlacesTest, BytesInARowAreOnePlace) {
    NotHttpPlaces places;
    NotHttpPlaces::Last sent;
    NotHttpPlaces::Last received;
    places.add(sent, place(0, 5));
    places.add(received, place(5, 1));
    places.add(sent, place(5, 2));
    places.add(sent, place(8, 1));
    ASSERT_EQ(places.count(), 3u);
    EXPECT_EQ(places.listed()[0].bytes, 7u);
    EXPECT_EQ(places.listed()[1].bytes, 1u);
    EXPECT_EQ(places.listed()[2].offset, 8u);
}

TEST(NotHttpPlacesTest, ManyAreCountedAndTheFirstListed) {
    NotHttpPlaces places;
    for (std::uint64_t i = 0; i < 5000; ++i) {
        NotHttpPlaces::Last last;
        places.add(last, place(i, 1));
        places.add(last, place(i + 1, 1));
    }
    EXPECT_EQ(places.count(), 5000u);
    ASSERT_EQ(places.listed().size(), NotHttpPlaces::kMostListed);
    EXPECT_EQ(places.listed().back().offset, NotHttpPlaces::kMostListed - 1);
    EXPECT_EQ(places.listed().back().bytes, 2u);
}

}  // namespace
}  // namespace httpprof::replay
