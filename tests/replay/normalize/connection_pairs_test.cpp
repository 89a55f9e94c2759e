#include "replay/normalize/connection_pairs.h"

#include <gtest/gtest.h>

#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using test::kSecond;

// Tells of messages that go between two fixed addresses.
class ConnectionPairsTest : public ::testing::Test {
  protected:
    std::size_t request(std::uint64_t connection, Side side, std::int64_t time) {
        return message(Message::Kind::request, connection, side, time);
    }
    std::size_t response(std::uint64_t connection, Side side, std::int64_t time) {
        return message(Message::Kind::response, connection, side, time);
    }

    std::uint16_t server_port_ = 80;
    ConnectionPairs pairs_;

  private:
    std::size_t message(Message::Kind kind, std::uint64_t connection, Side side,
                        std::int64_t time) {
        Event event;
        event.message = std::make_shared<Message>();
        event.message->kind = kind;
        event.connection = connection;
        event.realtime_ns = time;
        event.source.port = 50000;
        event.destination.port = server_port_;
        if (kind == Message::Kind::response) std::swap(event.source, event.destination);
        const bool is_sent = (side == Side::client) == (kind == Message::Kind::request);
        event.direction = is_sent ? format::Direction::send : format::Direction::recv;
        return pairs_.pair_of(event);
    }
};

TEST_F(ConnectionPairsTest, JoinsTheEndsWhicheverComesFirst) {
    EXPECT_EQ(request(7, Side::server, 10), 0u);
    EXPECT_EQ(response(7, Side::server, 11), 0u);
    EXPECT_EQ(request(5, Side::client, 12), 0u);
    EXPECT_EQ(response(5, Side::client, 13), 0u);
    ASSERT_EQ(pairs_.pairs().size(), 1u);
    EXPECT_EQ(pairs_.pairs()[0].client.port, 50000);
    EXPECT_EQ(pairs_.pairs()[0].server.port, 80);
}

TEST_F(ConnectionPairsTest, OtherAddressesAreAnotherConnection) {
    EXPECT_EQ(request(1, Side::client, 10), 0u);
    server_port_ = 81;
    EXPECT_EQ(request(2, Side::server, 11), 1u);
}

TEST_F(ConnectionPairsTest, AddressesAreUsedAgain) {
    EXPECT_EQ(request(1, Side::client, 10), 0u);
    EXPECT_EQ(request(2, Side::server, 11), 0u);
    EXPECT_EQ(request(3, Side::client, 20), 1u);
    EXPECT_EQ(request(4, Side::server, 21), 1u);
    EXPECT_EQ(response(2, Side::server, 22), 0u);
}

TEST_F(ConnectionPairsTest, AnAnsweredConnectionHasItsEnds) {
    EXPECT_EQ(request(1, Side::client, 10), 0u);
    EXPECT_EQ(response(1, Side::client, 20), 0u);
    EXPECT_EQ(request(2, Side::server, 20 + 2 * kSecond), 1u);
    EXPECT_EQ(request(3, Side::client, 21 + 2 * kSecond), 1u);
}

TEST_F(ConnectionPairsTest, ASlowServerIsWaitedFor) {
    EXPECT_EQ(request(1, Side::client, 10), 0u);
    EXPECT_EQ(request(2, Side::server, 100 * kSecond), 0u);
}

}  // namespace
}  // namespace httpprof::replay
