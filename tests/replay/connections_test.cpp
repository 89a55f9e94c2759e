#include "replay/connections.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/http_text.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using test::answer;
using test::FakeConnection;
using test::get;
using test::kMs;
using ::testing::ElementsAre;

constexpr std::size_t kRoomForSome = 24 * 1024;
constexpr const char* kOpenHead = "GET / HTTP/1.1\r\nHost: h\r\n";

class KeepNumbers final : public MessageSink {
  public:
    void on_message(PlacedMessage&& placed) override { connections.push_back(placed.connection); }

    std::vector<std::uint64_t> connections;  // of the messages
};

class ConnectionsTest : public ::testing::Test {
  protected:
    KeepNumbers sink_;
    Tally tally_;
    Connections connections_{sink_, tally_, {}, kRoomForSome};
};

TEST_F(ConnectionsTest, GivesUpTheOneThatWasQuietForLongest) {
    FakeConnection first(1);
    FakeConnection second(2);
    connections_.add(first.sent(1 * kMs, kOpenHead));
    connections_.add(second.sent(2 * kMs, kOpenHead));
    connections_.add(first.sent(3 * kMs, "Accept: */*\r\n"));
    for (std::uint64_t i = 3; tally_.given_up_connections == 0; ++i) {
        ASSERT_LT(i, 1000u);
        FakeConnection other(i);
        connections_.add(other.sent(i * 10 * kMs, kOpenHead));
    }
    EXPECT_THAT(sink_.connections, ElementsAre(2));

    const std::uint64_t before = tally_.connections;
    connections_.add(first.sent(1'000'000 * kMs, "\r\n"));
    EXPECT_EQ(tally_.connections, before);
    connections_.add(second.sent(1'000'000 * kMs, "\r\n" + get("/next")));
    EXPECT_EQ(tally_.connections, before + 1) << "what follows is of another connection";
}

TEST_F(ConnectionsTest, GivesUpOneThatTakesTooMuchAlone) {
    FakeConnection end;
    connections_.add(end.sent(1 * kMs, kOpenHead));
    connections_.add(end.sent(2 * kMs, "A: " + std::string(2 * kRoomForSome, 'a')));
    EXPECT_EQ(tally_.given_up_connections, 1u);
    EXPECT_THAT(sink_.connections, ElementsAre(1));
}

TEST_F(ConnectionsTest, CountsWhatRequestsWithoutAnswerSaid) {
    FakeConnection end;
    for (std::uint64_t i = 0; i < 100; ++i)
        connections_.add(end.sent(i * kMs, get("/" + std::string(1000, 'a'))));
    EXPECT_GT(tally_.given_up_connections, 1u);
    EXPECT_EQ(sink_.connections.size(), 100u);
}

TEST_F(ConnectionsTest, TakesBackTheMemoryOfWhatEnded) {
    for (std::uint64_t i = 1; i < 1000; ++i) {
        FakeConnection end(i);
        connections_.add(end.sent(i * 10 * kMs, get("/")));
        connections_.add(end.received(i * 10 * kMs + 1, answer("A")));
        connections_.add(end.close(i * 10 * kMs + 2));
    }
    FakeConnection lasting(5000);
    for (std::uint64_t i = 0; i < 1000; ++i) {
        connections_.add(lasting.sent(20'000 * kMs + i * kMs, get("/")));
        connections_.add(lasting.received(20'000 * kMs + i * kMs, answer("A")));
    }
    EXPECT_EQ(tally_.given_up_connections, 0u);
}

}  // namespace
}  // namespace httpprof::replay
