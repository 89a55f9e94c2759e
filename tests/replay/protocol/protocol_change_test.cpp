#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/connection_fixture.h"
#include "tests/replay/http_text.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using namespace std::literals;

using format::Direction;
using test::answer;
using test::get;
using test::kMs;
using test::kSecond;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;

class ProtocolChangeTest : public ConnectionTest {};

TEST_F(ProtocolChangeTest, ConnectThatIsAnsweredBeforeItsEndIsATunnel) {
    for (const char* const body :
         {"Content-Length: 10\r\n\r\n12345", "Transfer-Encoding: chunked\r\n\r\n5\r\n123"}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        connection.add(end.sent(1, std::string("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n") + body));
        connection.add(end.received(2, "HTTP/1.1 200 OK\r\n\r\n\x16"));
        connection.add(end.sent(3, "\x16\x03"));
        EXPECT_THAT(sink.described(), ElementsAre("1:h:443", "1=200"));
        EXPECT_THAT(tally.opaque_bytes, ElementsAre(Pair("connect tunnel", 3)));
    }
}

TEST_F(ProtocolChangeTest, UpgradeMakesBothDirectionsOpaque) {
    send(1, "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
    receive(2, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi");
    send(3, get("/inside"));
    receive(4, "HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_THAT(sink_.described(), ElementsAre("1:/ws", "1=101"));
    EXPECT_THAT(tally_.opaque_bytes,
                ElementsAre(Pair("websocket", 4 + get("/inside").size() + 19)));
}

// A client sends all of a request before it speaks another protocol (RFC 9110, 7.8).
TEST_F(ProtocolChangeTest, UpgradeBeforeTheEndOfItsRequest) {
    const std::string upgrade = "Host: h\r\nConnection: Upgrade\r\nUpgrade: foo\r\n";
    for (const auto& [framing, body] :
         {std::pair{"Content-Length: 4\r\n", "body"},
          std::pair{"Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\n\r\n"}}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        connection.add(end.sent(1 * kMs, "POST /u HTTP/1.1\r\n" + upgrade + framing + "\r\n"));
        connection.add(end.received(
            2 * kMs, "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\nspoken"));
        connection.add(end.sent(3 * kMs, body + "opaque"s));
        EXPECT_THAT(sink.described(), ElementsAre("1:/u", "1=101"));
        const auto request =
            std::ranges::find(sink.messages, Message::Kind::request,
                              [](const auto& m) { return m.paired.message->kind; });
        ASSERT_NE(request, sink.messages.end());
        EXPECT_EQ(request->paired.message->body(), "body");
        EXPECT_FALSE(request->paired.message->truncated);
        EXPECT_EQ(tally.opaque_bytes["foo"], 12u) << framing;
    }
}

TEST_F(ProtocolChangeTest, ConnectTunnelIsOpaque) {
    send(1, "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n");
    receive(2, "HTTP/1.1 200 OK\r\n\r\n");
    send(3, get("/inside"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:h:443", "1=200"));
    EXPECT_THAT(tally_.opaque_bytes, ElementsAre(Pair("connect tunnel", get("/inside").size())));
}

constexpr const char* kConnect = "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n";

// RFC 9110, 9.3.6: the tunnel begins behind the request, whose client need not wait.
TEST_F(ProtocolChangeTest, WhatIsSentBehindConnectBeforeItsAnswerIsOfTheTunnel) {
    send(1, std::string(kConnect) + "\x16\x03\x01");
    send(2, get("/inside"));
    EXPECT_EQ(connection_.oldest_open_ns(), 1 * kMs);
    receive(3, "HTTP/1.1 200 OK\r\n\r\n");
    send(4, "more");
    EXPECT_THAT(sink_.described(), ElementsAre("1:h:443", "1=200"));
    EXPECT_THAT(tally_.opaque_bytes,
                ElementsAre(Pair("connect tunnel", 3 + get("/inside").size() + 4)));
    EXPECT_EQ(tally_.not_http_bytes, 0u);
    EXPECT_EQ(connection_.oldest_open_ns(), kNever);
}

TEST_F(ProtocolChangeTest, WhatIsSentBehindARefusedConnectIsTheNextRequest) {
    send(1, kConnect + get("/a"));
    send(2, get("/b"));
    receive(3, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n" + answer("A"));
    receive(4, answer("B"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:h:443", "1=407", "2:/a", "3:/b", "2=200 A", "3=200 B"));
    EXPECT_EQ(connection_.oldest_open_ns(), kNever);
}

TEST_F(ProtocolChangeTest, ALostAnswerToConnectLetsTheNextRequestsGoOn) {
    send(1, kConnect + get("/a"));
    end_.lose(Direction::recv, answer("").size());
    receive(3, answer("A"));
    connection_.stop_waiting_before(kSecond);
    send(1000, get("/b"));
    receive(1001, answer("B"));
    EXPECT_THAT(sink_.described(), Contains("2:/a"));
    EXPECT_THAT(sink_.described(), Contains("3=200 B"));
    EXPECT_EQ(connection_.oldest_open_ns(), kNever);
}

TEST_F(ProtocolChangeTest, AnEndWithoutAnswerToConnectLetsTheNextRequestsGoOn) {
    send(1, kConnect + get("/a"));
    connection_.cut();
    EXPECT_THAT(sink_.described(), ElementsAre("1:h:443", "2:/a"));
}

TEST_F(ProtocolChangeTest, WhatIsSentBehindAnUpgradeBeforeItsAnswer) {
    const std::string upgrade = "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n";
    send(1, upgrade + get("/a"));
    receive(2, answer("W") + answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/ws", "1=200 W", "2:/a", "2=200 A"));
    send(3, upgrade + "\x81\x02hi");
    receive(4, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
    EXPECT_THAT(tally_.opaque_bytes, ElementsAre(Pair("websocket", 4)));
    EXPECT_EQ(tally_.not_http_bytes, 0u);
}

}  // namespace
}  // namespace httpprof::replay
