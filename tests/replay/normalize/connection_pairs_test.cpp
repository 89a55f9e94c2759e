#include "replay/normalize/connection_pairs.h"

#include <memory>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

// A message between two fixed addresses.
Event message(Message::Kind kind, std::uint64_t connection,
              std::optional<std::uint64_t> other_end = std::nullopt) {
    Event event;
    event.message = std::make_shared<Message>();
    event.message->kind = kind;
    event.connection = connection;
    event.other_end = other_end;
    event.source.port = 50000;
    event.destination.port = 80;
    if (kind == Message::Kind::response) std::swap(event.source, event.destination);
    return event;
}

TEST(ConnectionPairsTest, JoinsTheEndsWhicheverComesFirst) {
    for (const auto kind : {Message::Kind::request, Message::Kind::response}) {
        ConnectionPairs pairs;
        EXPECT_EQ(pairs.pair_of(message(kind, 7, 5)), 0u);
        EXPECT_EQ(pairs.pair_of(message(Message::Kind::request, 5, 7)), 0u);
        EXPECT_EQ(pairs.pair_of(message(Message::Kind::response, 7, 5)), 0u);
        ASSERT_EQ(pairs.pairs().size(), 1u);
        EXPECT_EQ(pairs.pairs()[0].client.port, 50000);
        EXPECT_EQ(pairs.pairs()[0].server.port, 80);
    }
}

// The other end had not appeared when the first event came.
TEST(ConnectionPairsTest, JoinsTheEndsOnceBothAreKnown) {
    ConnectionPairs pairs;
    EXPECT_EQ(pairs.pair_of(message(Message::Kind::request, 1)), 0u);
    EXPECT_EQ(pairs.pair_of(message(Message::Kind::request, 2, 1)), 0u);
}

// Ports are used again, and containers have the same addresses.
TEST(ConnectionPairsTest, SameAddressesMakeNoPair) {
    ConnectionPairs pairs;
    EXPECT_EQ(pairs.pair_of(message(Message::Kind::request, 1, 4)), 0u);
    EXPECT_EQ(pairs.pair_of(message(Message::Kind::request, 2, 3)), 1u);
    EXPECT_EQ(pairs.pair_of(message(Message::Kind::request, 3, 2)), 1u);
    EXPECT_EQ(pairs.pair_of(message(Message::Kind::request, 4, 1)), 0u);
    EXPECT_EQ(pairs.pair_of(message(Message::Kind::request, 5)), 2u);
}

}  // namespace
}  // namespace httpprof::replay
