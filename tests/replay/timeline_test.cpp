#include "replay/timeline.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TimelineTest : public ::testing::Test {
  protected:
    void add(std::uint64_t time_ns, std::uint64_t connection, std::uint64_t order,
             const std::string& name) {
        PlacedMessage placed;
        placed.paired.message = std::make_shared<Message>();
        placed.paired.message->first.time_ns = time_ns;
        placed.paired.message->raw = name;
        placed.paired.order = order;
        placed.connection = connection;
        timeline_.add(std::move(placed));
    }
    std::vector<std::string> take_before(std::uint64_t watermark_ns) {
        std::vector<std::string> names;
        while (auto placed = timeline_.take_before(watermark_ns)) {
            names.push_back(placed->paired.message->raw);
        }
        return names;
    }

    MessageStore store_;
    Timeline timeline_{store_};
};

TEST_F(TimelineTest, OrdersByTimeThenConnectionThenOrder) {
    add(30, 1, 9, "d");
    add(20, 2, 1, "c");
    add(20, 1, 3, "b");
    add(20, 1, 2, "a");
    EXPECT_THAT(take_before(kNever), ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(take_before(kNever), IsEmpty());
}

TEST_F(TimelineTest, HoldsWhatIsNotBeforeTheWatermark) {
    add(10, 1, 1, "a");
    add(20, 1, 2, "b");
    EXPECT_THAT(take_before(10), IsEmpty());
    EXPECT_THAT(take_before(20), ElementsAre("a"));
    add(15, 2, 1, "c");
    EXPECT_THAT(take_before(21), ElementsAre("c", "b"));
}

}  // namespace
}  // namespace httpprof::replay
