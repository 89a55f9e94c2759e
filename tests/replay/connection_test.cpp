#include "replay/connection.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/reorder.h"
#include "tests/replay/http_text.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using namespace std::literals;

using format::Direction;
using format::MissingCause;
using test::answer;
using test::get;
using test::kMs;
using test::kSecond;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

// "1:/a" is the request of exchange 1, "1=200 body" its response, "-=200 body" one of none.
std::string describe(const PlacedMessage& placed) {
    const Message& message = *placed.paired.message;
    const auto& exchange = placed.paired.exchange;
    const std::string number = exchange ? std::to_string(*exchange) : "-";
    if (message.kind == Message::Kind::request)
        return number + ":" + std::string(message.text(message.target));
    return number + "=" + std::to_string(message.status) +
           (message.content.empty() ? "" : " " + message.body());
}

class CollectSink final : public MessageSink {
  public:
    void on_message(PlacedMessage&& placed) override { messages.push_back(std::move(placed)); }

    // In the order in which they began.
    std::vector<std::string> described() {
        std::ranges::sort(messages, {}, [](const auto& placed) { return placed.paired.order; });
        std::vector<std::string> texts;
        for (const auto& placed : messages)
            texts.push_back(describe(placed));
        return texts;
    }

    std::vector<PlacedMessage> messages;
};

class ConnectionTest : public ::testing::Test {
  protected:
    void send(std::uint64_t ms, const std::string& bytes) {
        connection_.add(end_.sent(ms * kMs, bytes));
    }
    void receive(std::uint64_t ms, const std::string& bytes) {
        connection_.add(end_.received(ms * kMs, bytes));
    }

    test::FakeConnection end_;
    CollectSink sink_;
    Tally tally_;
    Connection connection_{7, end_.socket, sink_, tally_};
};

TEST_F(ConnectionTest, PairsKeepAlive) {
    send(1, get("/a"));
    receive(2, answer("A"));
    send(3, get("/b"));
    receive(4, answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A", "2:/b", "2=200 B"));
    EXPECT_EQ(sink_.messages[0].connection, 7u);
    EXPECT_EQ(sink_.messages[0].source, end_.socket.local);
    EXPECT_EQ(sink_.messages[0].destination, end_.socket.remote);
    EXPECT_EQ(sink_.messages[1].source, end_.socket.remote);
    EXPECT_EQ(sink_.messages[1].paired.latency_ns, 1 * kMs);
    EXPECT_EQ(sink_.messages[0].paired.latency_ns, std::nullopt);
    EXPECT_EQ(connection_.oldest_open_ns(), kNever);
}

TEST_F(ConnectionTest, PairsOnTheServersEnd) {
    receive(1, get("/a"));
    send(2, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
    EXPECT_EQ(sink_.messages[0].paired.direction, Direction::recv);
}

TEST_F(ConnectionTest, PairsPipelinedRequestsInOrder) {
    send(1, get("/a") + get("/b"));
    send(2, get("/c"));
    receive(3, answer("A") + answer("B"));
    receive(4, answer("C"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/a", "2:/b", "3:/c", "1=200 A", "2=200 B", "3=200 C"));
}

TEST_F(ConnectionTest, InterimResponsesLeaveTheRequestOpen) {
    send(1, "POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    receive(2, "HTTP/1.1 100 Continue\r\n\r\n");
    send(3, "hi");
    receive(4, "HTTP/1.1 103 Early Hints\r\n\r\n" + answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=100", "1=103", "1=200 A"));
}

TEST_F(ConnectionTest, FinalResponseBeforeTheRequestIsComplete) {
    send(1, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
    receive(2, "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(connection_.oldest_open_ns(), 1 * kMs);
    send(3, "cd");
    send(4, get("/b"));
    receive(5, answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=413", "2:/b", "2=200 B"));
}

constexpr const char* kExpectingPost =
    "POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4000\r\n\r\n";

// As curl repeats a request (RFC 9110, 10.1.1).
TEST_F(ConnectionTest, ContentIsNotSentBehindARefusedExpectation) {
    const std::string post = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n";
    send(1, kExpectingPost);
    receive(2, "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(connection_.oldest_open_ns(), 1 * kMs);
    send(3, post);
    send(4, "hi");
    receive(5, answer("A"));
    send(6, get("/b"));
    receive(7, answer("B"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/a", "1=417", "2:/a", "2=200 A", "3:/b", "3=200 B"));
}

// Nobody pipelined: the response behind what is cut off is that of its request.
TEST_F(ConnectionTest, TheRequestBehindARefusedExpectationIsNotPipelined) {
    const std::string cut = "GET /b HTTP/1.1\r\nHost";
    send(1, kExpectingPost);
    receive(2, "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
    connection_.add(end_.data(Direction::send, 3 * kMs, cut,
                              static_cast<std::uint32_t>(cut.size() + 100), MissingCause::snaplen));
    receive(4, answer("B"));
    send(5, get("/c"));
    receive(6, answer("C"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/a", "1=417", "2:/b", "2=200 B", "3:/c", "3=200 C"));
}

// The response says that it was sent before.
TEST_F(ConnectionTest, ContentThatWasLostBeforeTheResponseWasNotRefused) {
    send(1, "POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 90\r\n\r\n");
    end_.lose(Direction::send, 50);
    receive(2, answer("A"));
    end_.lose(Direction::send, 40);
    send(3, get("/b"));
    receive(4, answer("B"));
    connection_.add(end_.close(5 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A", "2:/b", "2=200 B"));
    EXPECT_EQ(sink_.messages[0].paired.message->body_size, 90u);
    EXPECT_FALSE(sink_.messages[0].paired.message->truncated);
}

TEST_F(ConnectionTest, ContentMayBeOfAnAnswerToAnotherRequest) {
    send(1, get("/z") + kExpectingPost);
    receive(2, answer("Z"));
    send(3, get("/b") + std::string(4000 - get("/b").size(), 'x') + get("/c"));
    receive(4, answer("A") + answer("C"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/z", "2:/a", "1=200 Z", "3:/c", "2=200 A", "3=200 C"));
}

constexpr const char* kOpenPost = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab";

TEST_F(ConnectionTest, ResponsesKnowARequestThatIsNotComplete) {
    send(1, kOpenPost);
    receive(2, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
    ASSERT_THAT(sink_.described(), ElementsAre("1=100", "1=413"));
    for (const auto& placed : sink_.messages) {
        ASSERT_TRUE(placed.paired.request);
        EXPECT_EQ(placed.paired.request->method, "POST");
        EXPECT_EQ(placed.paired.request->target, "/a");
        EXPECT_EQ(placed.paired.request->host, "h");
    }
    send(3, "cd");
    EXPECT_EQ(sink_.messages.back().paired.response->status, 413);
}

TEST_F(ConnectionTest, ResponsesKnowARequestOfWhichOnlyTheStartLineCame) {
    send(1, "GET /a HTTP/1.1\r\nHos");
    receive(2, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
    connection_.add(end_.close(3 * kMs));
    ASSERT_THAT(sink_.described(), ElementsAre("1:/a", "1=408"));
    std::erase_if(sink_.messages, [](const auto& placed) { return !placed.paired.request; });
    ASSERT_EQ(sink_.messages.size(), 1u);
    EXPECT_EQ(sink_.messages[0].paired.request->target, "/a");
}

TEST_F(ConnectionTest, AResponseDoesNotAnswerLessThanAStartLine) {
    for (const char* const piece : {"G", "GET", "GET / HT", "GET /index.html HTTP/1.0\r"}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        connection.add(end.sent(1 * kMs, get("/a")));
        connection.add(end.received(2 * kMs, answer("A")));
        connection.add(end.sent(3 * kMs, piece));
        EXPECT_EQ(connection.oldest_open_ns(), 3 * kMs);
        connection.add(end.received(4 * kMs, answer("timeout")));
        connection.add(end.close(5 * kMs));
        EXPECT_THAT(sink.described(), ElementsAre("1:/a", "1=200 A", "-=200 timeout")) << piece;
        EXPECT_EQ(connection.oldest_open_ns(), kNever);
    }
}

TEST_F(ConnectionTest, AResponseDoesNotAnswerAResponse) {
    send(1, "HTTP/1.1 200 OK\r\nHost: h\r\n\r\nbody");
    receive(2, answer("A"));
    connection_.add(end_.close(3 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("-=200 body", "-=200 A"));
}

TEST_F(ConnectionTest, HeadThatIsAnsweredBeforeItsEndHasNoBody) {
    send(1, "HEAD /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
    send(3, "cd" + get("/b"));
    receive(4, answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200", "2:/b", "2=200 B"));
}

TEST_F(ConnectionTest, ConnectThatIsAnsweredBeforeItsEndIsATunnel) {
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

TEST_F(ConnectionTest, HeadHasNoBody) {
    send(1, "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + get("/b"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "2:/b", "1=200", "2=200 B"));
}

// Described, of the messages that the end of the connection cut off.
std::vector<std::string> ended_early(CollectSink& sink) {
    std::erase_if(sink.messages, [](const auto& placed) { return !placed.paired.ended_early; });
    return sink.described();
}

TEST_F(ConnectionTest, SaysWhichMessagesItsEndCutOff) {
    send(1, get("/a"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nA");
    connection_.add(end_.fin(Direction::recv, 3));
    send(4, get("/b"));
    send(5, "POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nc");
    connection_.add(end_.close(6));
    EXPECT_THAT(ended_early(sink_), ElementsAre("1=200 A", "2:/b", "3:/c"));
}

TEST_F(ConnectionTest, BodiesThatEndWithItAreNotCutOff) {
    send(1, get("/a"));
    receive(2, "HTTP/1.1 200 OK\r\n\r\nA");
    connection_.add(end_.fin(Direction::recv, 3));
    connection_.add(end_.close(4));
    EXPECT_THAT(ended_early(sink_), IsEmpty());
}

TEST_F(ConnectionTest, EndOfTheCaptureCutsNothingOff) {
    send(1, get("/a"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nA");
    connection_.cut();
    EXPECT_THAT(ended_early(sink_), IsEmpty());
}

TEST_F(ConnectionTest, AnswersThatMayBeMissingWereNotCutOff) {
    Connection connection(7, end_.socket, sink_, tally_, {.join_responses = true});
    connection.add(end_.sent(1, get("/a") + get("/b")));
    end_.lose(Direction::recv, 100);
    connection.add(end_.sent(2, get("/c")));
    connection.add(end_.close(2 * kSecond));
    EXPECT_THAT(ended_early(sink_), IsEmpty());
}

TEST_F(ConnectionTest, RequestsBehindMissingOnesAreMiscounted) {
    send(1, get("/a"));
    receive(2, answer("A"));
    end_.lose(Direction::send, get("/b").size());
    end_.lose(Direction::recv, answer("B").size());
    send(3, get("/c"));
    connection_.stop_waiting_before(kNever);
    receive(4, answer("C"));
    connection_.stop_waiting_before(kNever);
    std::erase_if(sink_.messages, [](const auto& placed) { return !placed.paired.is_miscounted; });
    EXPECT_THAT(sink_.described(), ElementsAre("2:/c", "2=200 C"));
}

TEST_F(ConnectionTest, UpgradeMakesBothDirectionsOpaque) {
    send(1, "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
    receive(2, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi");
    send(3, get("/inside"));
    receive(4, "HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_THAT(sink_.described(), ElementsAre("1:/ws", "1=101"));
    EXPECT_THAT(tally_.opaque_bytes,
                ElementsAre(Pair("websocket", 4 + get("/inside").size() + 19)));
}

// A client sends all of a request before it speaks another protocol (RFC 9110, 7.8).
TEST_F(ConnectionTest, UpgradeBeforeTheEndOfItsRequest) {
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

TEST(TallyTest, HasAnEndToTheNamesOfProtocols) {
    Tally tally;
    for (int i = 0; i < 1000; ++i)
        ++tally.opaque("protocol " + std::to_string(i));
    EXPECT_EQ(tally.opaque_bytes.size(), 65u);
    EXPECT_EQ(tally.opaque_bytes["others"], 1000u - 64u);
}

TEST_F(ConnectionTest, ConnectTunnelIsOpaque) {
    send(1, "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n");
    receive(2, "HTTP/1.1 200 OK\r\n\r\n");
    send(3, get("/inside"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:h:443", "1=200"));
    EXPECT_THAT(tally_.opaque_bytes, ElementsAre(Pair("connect tunnel", get("/inside").size())));
}

constexpr const char* kConnect = "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n";

// RFC 9110, 9.3.6: the tunnel begins behind the request, whose client need not wait.
TEST_F(ConnectionTest, WhatIsSentBehindConnectBeforeItsAnswerIsOfTheTunnel) {
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

TEST_F(ConnectionTest, WhatIsSentBehindARefusedConnectIsTheNextRequest) {
    send(1, kConnect + get("/a"));
    send(2, get("/b"));
    receive(3, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n" + answer("A"));
    receive(4, answer("B"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:h:443", "1=407", "2:/a", "3:/b", "2=200 A", "3=200 B"));
    EXPECT_EQ(connection_.oldest_open_ns(), kNever);
}

TEST_F(ConnectionTest, ALostAnswerToConnectLetsTheNextRequestsGoOn) {
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

TEST_F(ConnectionTest, AnEndWithoutAnswerToConnectLetsTheNextRequestsGoOn) {
    send(1, kConnect + get("/a"));
    connection_.cut();
    EXPECT_THAT(sink_.described(), ElementsAre("1:h:443", "2:/a"));
}

TEST_F(ConnectionTest, WhatIsSentBehindAnUpgradeBeforeItsAnswer) {
    const std::string upgrade = "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n";
    send(1, upgrade + get("/a"));
    receive(2, answer("W") + answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/ws", "1=200 W", "2:/a", "2=200 A"));
    send(3, upgrade + "\x81\x02hi");
    receive(4, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
    EXPECT_THAT(tally_.opaque_bytes, ElementsAre(Pair("websocket", 4)));
    EXPECT_EQ(tally_.not_http_bytes, 0u);
}

TEST_F(ConnectionTest, SwappedRecordsOfOneMessage) {
    send(1, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n");
    const auto first = end_.sent(3 * kMs, "ab");
    const auto second = end_.sent(2 * kMs, "cd");
    connection_.add(second);
    EXPECT_THAT(sink_.described(), IsEmpty());
    connection_.add(first);
    ASSERT_THAT(sink_.described(), ElementsAre("1:/a"));
    EXPECT_EQ(sink_.messages[0].paired.message->body(), "abcd");
}

TEST_F(ConnectionTest, EndOfCaptureCutsAnOpenMessage) {
    send(1, get("/a"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    EXPECT_EQ(connection_.oldest_open_ns(), 2 * kMs);
    connection_.cut();
    ASSERT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 12345"));
    EXPECT_TRUE(sink_.messages[1].paired.message->truncated);
    EXPECT_EQ(connection_.oldest_open_ns(), kNever);
}

// Bodies that end with the connection (RFC 9112, 6.3, rule 8).
class CloseDelimitedTest : public ConnectionTest {
  protected:
    void SetUp() override {
        send(1, get("/a"));
        receive(2, "HTTP/1.0 200 OK\r\n\r\nab");
    }
    const Message& response() {
        EXPECT_THAT(sink_.described(), ElementsAre("1:/a", Not(IsEmpty())));
        return *sink_.messages.back().paired.message;
    }
};

TEST_F(CloseDelimitedTest, EndsWithTheFin) {
    connection_.add(end_.fin(Direction::recv, 3 * kMs));
    EXPECT_EQ(response().body(), "ab");
    EXPECT_FALSE(response().truncated);
}

TEST_F(CloseDelimitedTest, FinBeforeTheLastRecord) {
    const auto last = end_.received(4 * kMs, "cd");
    connection_.add(end_.fin(Direction::recv, 3 * kMs));
    EXPECT_EQ(sink_.messages.size(), 1u);
    connection_.add(last);
    EXPECT_EQ(response().body(), "abcd");
    EXPECT_FALSE(response().truncated);
}

TEST_F(CloseDelimitedTest, CloseWithoutFinCutsIt) {
    connection_.add(end_.close(3 * kMs));
    EXPECT_EQ(response().body(), "ab");
    EXPECT_TRUE(response().truncated);
}

TEST_F(CloseDelimitedTest, BytesBetweenTheLastRecordAndTheFinAreLost) {
    end_.lose(Direction::recv, 10);
    connection_.add(end_.fin(Direction::recv, 3 * kMs));
    connection_.add(end_.close(4 * kMs));
    EXPECT_EQ(response().body_size, 12u);
    ASSERT_EQ(response().gaps.size(), 1u);
    EXPECT_EQ(response().gaps[0].length, 10u);
    EXPECT_EQ(response().gaps[0].cause, MissingCause::lost);
}

TEST_F(CloseDelimitedTest, BytesThatTheProcessDidNotReadAreNotLost) {
    format::CloseRecord close = end_.close(4 * kMs);
    close.read_position = end_.next_received;
    end_.lose(Direction::recv, 10);
    close.received_position = end_.next_received;
    connection_.add(end_.fin(Direction::recv, 3 * kMs));
    connection_.add(close);
    EXPECT_EQ(response().body_size, 12u);
    EXPECT_FALSE(response().truncated);
    ASSERT_EQ(response().gaps.size(), 1u);
    EXPECT_EQ(response().gaps[0].length, 10u);
    EXPECT_EQ(response().gaps[0].cause, MissingCause::unread);
    EXPECT_FALSE(tally_.missing_bytes.contains(MissingCause::lost));
}

TEST_F(ConnectionTest, SendfileIsAGapInABodyAndKeepsThePairing) {
    receive(1, get("/a") + get("/b"));
    send(2, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    connection_.add(end_.data(Direction::send, 3 * kMs, "", 1000, MissingCause::sendfile));
    send(4, answer("B"));
    ASSERT_THAT(sink_.described(), ElementsAre("1:/a", "2:/b", "1=200", "2=200 B"));
    const Message& message = *sink_.messages[2].paired.message;
    EXPECT_EQ(message.body_size, 1000u);
    EXPECT_FALSE(message.truncated);
    ASSERT_EQ(message.gaps.size(), 1u);
    EXPECT_EQ(message.gaps[0].length, 1000u);
    EXPECT_EQ(message.gaps[0].cause, MissingCause::sendfile);
}

TEST_F(ConnectionTest, LostResponseLeavesItsRequestUnanswered) {
    send(1, get("/0"));
    receive(2, answer("0"));
    send(3, get("/a"));
    end_.lose(Direction::recv, answer("A").size());
    send(5, get("/b"));
    receive(6, answer("B"));
    EXPECT_EQ(connection_.held_since_ns(), 5 * kMs);
    EXPECT_EQ(connection_.oldest_open_ns(), 5 * kMs);
    connection_.stop_waiting_before(7 * kMs);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/0", "1=200 0", "2:/a", "3:/b", "3=200 B"));
}

TEST_F(ConnectionTest, LostRequestLeavesItsResponseUnmatched) {
    send(1, get("/0"));
    receive(2, answer("0"));
    end_.lose(Direction::send, get("/a").size());
    receive(4, answer("A"));
    send(5, get("/b"));
    receive(6, answer("B"));
    connection_.add(end_.close(7 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/0", "1=200 0", "-=200 A", "2:/b", "2=200 B"));
    EXPECT_THAT(sink_.messages[2].paired.message->anomalies,
                Contains(::testing::Field(&Anomaly::kind, AnomalyKind::response_without_request)));
}

TEST_F(ConnectionTest, GapInABodyOfKnownLengthKeepsThePairing) {
    send(1, get("/a") + get("/b"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    end_.lose(Direction::recv, 3);
    receive(3, "ghi" + answer("B"));
    connection_.add(end_.close(4 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "2:/b", "1=200 abcghi", "2=200 B"));
}

TEST_F(ConnectionTest, GapThatSwallowsTheNextHeadLosesThePlace) {
    send(1, get("/a"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    end_.lose(Direction::recv, 6);
    send(4, get("/b"));
    end_.lose(Direction::recv, answer("B").size());
    send(5, get("/c"));
    receive(6, answer("C"));
    connection_.add(end_.close(7 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 abc", "2:/b", "3:/c", "3=200 C"));
}

TEST_F(ConnectionTest, FirstResponseOfAConnectionIsLost) {
    send(1, get("/a"));
    end_.lose(Direction::recv, answer("A").size());
    send(3, get("/b"));
    receive(4, answer("B"));
    connection_.add(end_.close(5 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "2:/b", "2=200 B"));
    EXPECT_EQ(tally_.missing_bytes[MissingCause::lost], answer("A").size());
}

TEST_F(ConnectionTest, RequestOvertakenByItsResponseIsWaitedFor) {
    send(1, get("/a"));
    receive(2, answer("A"));
    const auto request = end_.sent(4 * kMs, get("/b"));
    receive(3, answer("B"));
    EXPECT_EQ(connection_.held_since_ns(), 3 * kMs);
    connection_.add(request);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A", "2:/b", "2=200 B"));
    EXPECT_EQ(sink_.messages[3].paired.latency_ns, std::nullopt);
}

TEST_F(ConnectionTest, FirstRequestOvertakenByItsResponseIsWaitedFor) {
    auto request = end_.sent(4 * kMs, get("/a"));
    receive(3, answer("A"));
    request.other_position = end_.next_received;  // its call returned after the response was read
    EXPECT_EQ(connection_.held_since_ns(), 3 * kMs);
    connection_.add(request);
    send(5, get("/b"));
    receive(6, answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A", "2:/b", "2=200 B"));
}

// One thread of a client that waits writes, another one reads.
TEST_F(ConnectionTest, ARequestOvertakenByItsResponseBehindALostOneIsWaitedFor) {
    for (const bool returned_late : {false, true}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        connection.add(end.sent(1 * kMs, get("/0")));
        connection.add(end.received(2 * kMs, answer("0")));
        end.lose(Direction::send, get("/a").size());
        connection.add(end.received(3 * kMs, answer("A")));
        auto overtaken = end.sent(5 * kMs, get("/b"));
        connection.add(end.received(4 * kMs, answer("B")));
        if (returned_late) overtaken.other_position = end.next_received;
        connection.add(overtaken);
        connection.add(end.sent(6 * kMs, get("/c")));
        connection.add(end.received(7 * kMs, answer("C")));
        connection.stop_waiting_before(200 * kMs);
        EXPECT_THAT(sink.described(), ElementsAre("1:/0", "1=200 0", "-=200 A", "2:/b", "2=200 B",
                                                  "3:/c", "3=200 C"));
    }
}

TEST_F(ConnectionTest, ARequestOvertakenBehindALostResponseShiftsNoPair) {
    for (const bool is_request_lost : {false, true}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        connection.add(end.sent(1 * kMs, get("/0")));
        connection.add(end.received(2 * kMs, answer("0")));
        const auto request = end.sent(3 * kMs, get("/a"));
        if (!is_request_lost) connection.add(request);
        end.lose(Direction::recv, answer("A").size());
        auto overtaken = end.sent(5 * kMs, get("/b"));
        connection.add(end.received(4 * kMs, answer("B")));
        overtaken.other_position = end.next_received;
        connection.add(overtaken);
        connection.add(end.sent(6 * kMs, get("/c")));
        connection.add(end.received(7 * kMs, answer("C")));
        connection.stop_waiting_before(200 * kMs);
        EXPECT_THAT(sink.described(), Contains(is_request_lost ? "3=200 C" : "4=200 C"));
    }
}

TEST_F(ConnectionTest, AnAnswerToALostRequestOvertakenByTheNextRequestIsWaitedFor) {
    receive(1, get("/0"));
    send(2, answer("0"));
    end_.lose(Direction::recv, get("/a").size());
    const auto overtaken = end_.sent(4 * kMs, answer("A"));
    receive(3, get("/b"));
    connection_.add(overtaken);
    send(5, answer("B"));
    receive(6, get("/c"));
    send(7, answer("C"));
    connection_.stop_waiting_before(200 * kMs);
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/0", "1=200 0", "-=200 A", "2:/b", "2=200 B", "3:/c", "3=200 C"));
}

// A thread that is still in its write(2) has queued bytes that no record tells of yet.
TEST_F(ConnectionTest, BytesOfACallThatReturnsMuchLaterAreNotGivenUp) {
    send(1, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n");
    const auto slow_call = end_.sent(900 * kMs, "12345678");
    auto early = end_.received(3 * kMs, "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
    early.other_position -= 4;
    connection_.add(early);
    connection_.stop_waiting_before(500 * kMs);
    EXPECT_THAT(sink_.described(), ElementsAre("1=413"));
    connection_.add(slow_call);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=413"));
    EXPECT_EQ(sink_.messages[0].paired.message->body(), "12345678");
}

// One process reads, with MSG_WAITALL, another one writes.
TEST_F(ConnectionTest, ARequestWithinAReadOfSeveralResponsesComesBeforeItsOwn) {
    send(1, get("/a"));
    const std::uint64_t between = end_.next_received + answer("A").size();
    format::DataRecord second = end_.sent(2 * kMs, get("/b"));
    format::DataRecord third = end_.sent(3 * kMs, get("/c"));
    second.other_position = between;
    third.other_position = between + answer("B").size();
    connection_.add(second);
    connection_.add(third);
    receive(4, answer("A") + answer("B") + answer("C"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/a", "1=200 A", "2:/b", "2=200 B", "3:/c", "3=200 C"));
    EXPECT_EQ(tally_.duplicate_bytes, 0u);
}

TEST_F(ConnectionTest, PositionAfterTheFinIsNotWaitedFor) {
    send(1, get("/a"));
    connection_.add(end_.fin(Direction::send, 2 * kMs));
    end_.next_sent += 1;  // the FIN takes a sequence number
    receive(3, answer("A"));
    EXPECT_EQ(connection_.held_since_ns(), kNever);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
}

TEST_F(ConnectionTest, ResponseThatNobodyAskedForIsNotHeldForever) {
    send(1, get("/a"));
    receive(2, answer("A"));
    receive(3, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
    connection_.stop_waiting_before(200 * kMs);
    send(300, get("/b"));
    receive(301, answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A", "-=408", "2:/b", "2=200 B"));
}

TEST_F(ConnectionTest, NeverPairsWithALaterRequest) {
    receive(1, answer("0"));  // joined in mid-exchange
    send(2, get("/a"));
    receive(3, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("-=200 0", "1:/a", "1=200 A"));
}

TEST_F(ConnectionTest, TheCountIsRightAgainWhenAllIsAnswered) {
    receive(1, answer("0"));  // joined in mid-exchange
    send(2, get("/a") + get("/b"));
    receive(3, answer("A") + answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("-=200 0", "1:/a", "2:/b", "1=200 A", "2=200 B"));
}

TEST_F(ConnectionTest, TheCountIsRightAgainWhenARequestThatIsNotReadIsAnswered) {
    send(1, "G(T /\r\n\r\n");
    receive(2, answer("0"));
    send(3, get("/a") + get("/b"));
    receive(4, answer("A") + answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("-=200 0", "1:/a", "2:/b", "1=200 A", "2=200 B"));
}

TEST_F(ConnectionTest, AResponseBeforeTheEndOfAStartLineIsNoLaterAnswer) {
    send(1, "GET /a HT");
    receive(2, answer("A"));
    send(3, "TP/1.1\r\nHost: h\r\n\r\n" + get("/b"));
    receive(4, answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("-=200 A", "1:/a", "2:/b", "2=200 B"));
}

TEST_F(ConnectionTest, JoinedInTheMiddleOfABody) {
    receive(1, "rest of a body\n");
    send(2, get("/a"));
    receive(3, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
    EXPECT_EQ(tally_.not_http_bytes, 15u);
}

// No line end parts the body from the next start line.
TEST_F(ConnectionTest, JoinedInTheMiddleOfABodyOfOneWord) {
    send(1, "bbbbb");
    receive(2, answer("one"));
    send(3, get("/2"));
    receive(4, answer("two"));
    EXPECT_THAT(sink_.described(), ElementsAre("-=200 one", "1:/2", "1=200 two"));
    EXPECT_EQ(tally_.not_http_bytes, 5u);
    ASSERT_EQ(sink_.messages[1].paired.message->anomalies.size(), 1u);
    EXPECT_EQ(sink_.messages[1].paired.message->anomalies[0].kind, AnomalyKind::joined_mid_stream);
}

// A word and a method make another method, which only who sent them can tell.
TEST_F(ConnectionTest, JoinedInTheMiddleOfABodyBeforeTheNextRequest) {
    send(1, "xxxxx");
    send(2, get("/2"));
    receive(3, answer("two"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/2", "-=200 two"));
    EXPECT_EQ(tally_.not_http_bytes, 5u);
    EXPECT_EQ(sink_.messages[0].paired.message->text(sink_.messages[0].paired.message->method),
              "GET");
}

TEST_F(ConnectionTest, JoinedInTheMiddleOfALongBodyOfOneWord) {
    for (int i = 0; i < 10; ++i)
        send(1, std::string(64 * 1024, 'x'));
    send(2, get("/2"));
    receive(3, answer("2"));
    send(4, get("/3"));
    receive(5, answer("3"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/2", "-=200 2", "2:/3", "2=200 3"));
    EXPECT_EQ(tally_.not_http_bytes, 640u * 1024);
}

TEST_F(ConnectionTest, BeginsWithAMessageByteByByte) {
    std::uint64_t ms = 0;
    for (const char byte : get("/a"))
        send(++ms, {byte});
    for (const char byte : answer("A"))
        receive(++ms, {byte});
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
    EXPECT_EQ(sink_.messages[0].paired.message->anomalies.size(), 0u);
}

TEST_F(ConnectionTest, BeginsByteByByteWithAMethodThatEndsInAKnownOne) {
    std::uint64_t ms = 0;
    for (const char byte : "XGET /a HTTP/1.1\r\nHost: h\r\n\r\n"sv)
        send(++ms, {byte});
    receive(++ms, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
    EXPECT_EQ(tally_.not_http_bytes, 0u);
}

TEST_F(ConnectionTest, BeginsWithAMessageOfAnUnknownMethod) {
    send(1, "FROB /a HTTP/1.1\r\nHo");
    send(2, "st: h\r\n\r\n");
    receive(3, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
}

TEST_F(ConnectionTest, TheFirstRequestIsTheSameHoweverItIsCut) {
    for (const std::string line :
         {"FOO /1 HTTP/1.1", "get /1 HTTP/1.1", "options /1 HTTP/1.1", "SOURCE /1 HTTP/1.1",
          "MKCOLA /1 HTTP/1.1", "INVALID_METHOD /1 HTTP/1.1", "GET\t/1 HTTP/1.1",
          "XGET /1 HTTP/1.1", "UNCHECKOUT /1 HTTP/1.1", "\r\nFOO /1 HTTP/1.1"}) {
        const std::string request = line + "\r\nHost: h\r\n\r\n";
        for (std::size_t cut = 1; cut < request.size(); ++cut) {
            if (request.substr(cut - 1, 4) == "XGET") continue;
            test::FakeConnection end;
            CollectSink sink;
            Tally tally;
            Connection connection(7, end.socket, sink, tally);
            connection.add(end.sent(1 * kMs, request.substr(0, cut)));
            connection.add(end.sent(2 * kMs, request.substr(cut)));
            connection.add(end.received(3 * kMs, answer("A")));
            ASSERT_THAT(sink.described(), ElementsAre("1:/1", "1=200 A")) << line << cut;
            ASSERT_EQ(tally.not_http_bytes, 0u);
        }
    }
}

// What becomes of pipelined requests, and of one behind them.
std::vector<std::string> answered(const std::string& requests, const std::string& responses,
                                  bool byte_by_byte) {
    test::FakeConnection end;
    CollectSink sink;
    Tally tally;
    Connection connection(7, end.socket, sink, tally);
    std::uint64_t ms = 0;
    connection.add(end.sent(++ms * kMs, requests));
    const std::size_t size = byte_by_byte ? 1 : responses.size();
    for (std::size_t at = 0; at < responses.size(); at += size)
        connection.add(end.received(++ms * kMs, responses.substr(at, size)));
    connection.add(end.sent(++ms * kMs, get("/last")));
    connection.add(end.received(++ms * kMs, answer("last")));
    connection.add(end.close(++ms * kMs));
    return sink.described();
}

constexpr const char* kHead = "HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr const char* kNoStatus = "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n";

TEST_F(ConnectionTest, TheFirstResponseIsTheSameHoweverItIsCut) {
    for (const std::string start : {kNoStatus, "\r", "http/1.1 200 OK\r\n\r\n", "junk", "\x01"}) {
        const std::string responses = start + answer("A");
        EXPECT_EQ(answered(get("/1") + kHead, responses, false),
                  answered(get("/1") + kHead, responses, true))
            << start;
    }
}

TEST_F(ConnectionTest, AResponseThatIsNotReadLeavesItsRequestUnanswered) {
    for (const char* const response :
         {kNoStatus, "\x01junk", "ICY 200 OK\r\n\r\n", "<html></html>\r\n"}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        connection.add(end.sent(1 * kMs, get("/1")));
        connection.add(end.received(2 * kMs, answer("1")));
        connection.add(end.sent(3 * kMs, get("/2")));
        connection.add(end.received(4 * kMs, response));
        connection.add(end.sent(5 * kMs, kHead));
        connection.add(end.received(6 * kMs, "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n"));
        connection.add(end.sent(7 * kMs, get("/4")));
        connection.add(end.received(8 * kMs, answer("4")));
        EXPECT_THAT(sink.described(),
                    ElementsAre("1:/1", "1=200 1", "2:/2", "3:/h", "3=200", "4:/4", "4=200 4"))
            << response;
    }
}

TEST_F(ConnectionTest, StrayBytesBetweenResponsesLeaveNoPairUnsure) {
    send(1, get("/1"));
    receive(2, answer("1") + "stray");
    send(3, get("/2"));
    receive(4, answer("2"));
    send(5, get("/3") + get("/4"));
    receive(6, answer("3") + answer("4"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/1", "1=200 1", "2:/2", "2=200 2", "3:/3", "4:/4",
                                               "3=200 3", "4=200 4"));
}

// The second response begins behind it, in the same line.
TEST_F(ConnectionTest, AResponseThatIsPassedOverShiftsNoPair) {
    for (const char* const stray : {" ", "\t", "x", "}} ", "HTTP/1.1 \t"}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        std::vector<std::string> expected;
        for (std::uint64_t i = 1; i <= 5; ++i) {
            const std::string number = std::to_string(i);
            connection.add(end.sent(2 * i * kMs, get("/" + number)));
            connection.add(end.received((2 * i + 1) * kMs, answer(number) + (i == 1 ? stray : "")));
            expected.push_back(number + ":/" + number);
            expected.push_back(number + "=200 " + number);
        }
        const bool is_passed_over = std::string_view(stray).size() > 1;
        if (is_passed_over) expected.erase(expected.begin() + 3);
        EXPECT_EQ(sink.described(), expected) << stray;
    }
}

TEST_F(ConnectionTest, ResponsesThatAreNotFoundBehindAGapShiftNoPair) {
    send(1, get("/1"));
    end_.lose(Direction::recv, answer("1").size());
    for (const char* const number : {"2", "3"}) {
        send(3, get("/"s + number));
        receive(4, "HTTP/1.1 200 OK\r\nServer : x\r\nContent-Length: 1\r\n\r\n"s + number);
    }
    send(5, get("/4"));
    receive(6, answer("4"));
    send(7, get("/5") + get("/6"));
    receive(8, answer("5") + answer("6"));
    connection_.add(end_.close(9 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/1", "2:/2", "3:/3", "4:/4", "4=200 4", "5:/5",
                                               "6:/6", "5=200 5", "6=200 6"));
}

// The gap has the answer to the first request, and perhaps that to the second.
TEST_F(ConnectionTest, AGapBetweenPipelinedResponsesAnswersOneRequest) {
    send(1, get("/1") + get("/2"));
    end_.lose(Direction::recv, answer("1").size());
    send(3, get("/3"));
    receive(4, answer("2"));
    send(5, get("/4"));
    receive(6, answer("3"));
    receive(7, answer("4"));
    send(8, get("/5"));
    receive(9, answer("5"));
    connection_.add(end_.close(10 * kMs));
    for (const auto& placed : sink_.messages) {
        const Message& message = *placed.paired.message;
        if (message.kind == Message::Kind::response && placed.paired.exchange) {
            EXPECT_EQ(message.body(), std::to_string(*placed.paired.exchange));
        }
    }
}

// Its beginning had to be searched for, and is only known once the next request was read.
TEST_F(ConnectionTest, AResponseAnswersNothingThatBeganLater) {
    send(1, get("/a"));
    end_.lose(Direction::recv, 17);
    receive(2, "Content-Length: 0\r\n\r\n");
    send(3, get("/b"));
    receive(4, "HTTP/1.1 201 B\r\n");
    end_.lose(Direction::recv, 21);
    send(5, get("/c"));
    receive(6, answer("C"));
    connection_.add(end_.close(7 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "2:/b", "3:/c", "2=201", "3=200 C"));
}

// What was passed before a request has no answer to it, however late it is given up.
TEST_F(ConnectionTest, TheEndOfABodyThatIsPassedAnswersNoLaterRequest) {
    const auto cut = [this](Direction direction, std::uint64_t ms, const std::string& beginning) {
        connection_.add(end_.data(direction, ms * kMs, beginning,
                                  static_cast<std::uint32_t>(beginning.size() + 100),
                                  MissingCause::snaplen));
    };
    for (std::uint64_t ms = 1; ms < 9; ms += 3) {
        cut(Direction::recv, ms, "GET /a HTTP/1.1\r\nHost");
        cut(Direction::send, ms + 1, "HTTP/1.1 200 OK\r\nContent-");
        send(ms + 2, R"({"a":1})");
    }
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200", "2:/a", "2=200", "3:/a", "3=200"));
}

// The final response may have been in the same call: which one the next answers is not known.
TEST_F(ConnectionTest, ResponsesAreMatchedAgainBehindACutInterimOne) {
    const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </";
    send(1, get("/a"));
    connection_.add(end_.data(Direction::recv, 2 * kMs, hints, 300, MissingCause::snaplen));
    receive(3, R"({"a":1})");
    send(4, get("/b"));
    receive(5, answer("B"));
    send(6, get("/c"));
    receive(7, answer("C"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/a", "1=103", "2:/b", "-=200 B", "3:/c", "3=200 C"));
}

// Two calls with a response overtake each other, and both the request.
TEST_F(ConnectionTest, WhatFillsAHoleWaitsForWhatWasSentBefore) {
    const std::string second = answer("2");
    const auto request = end_.sent(1 * kMs, get("/1"));
    const auto response = end_.received(2 * kMs, answer("1"));
    const auto request_2 = end_.sent(3 * kMs, get("/2"));
    const auto head_2 = end_.received(4 * kMs, second.substr(0, 20));
    const auto rest_2 = end_.received(5 * kMs, second.substr(20));
    for (const auto& record : {request, response, rest_2, request_2, head_2})
        connection_.add(record);
    send(6, get("/3"));
    receive(7, answer("3"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/1", "1=200 1", "2:/2", "2=200 2", "3:/3", "3=200 3"));
}

// A call whose last bytes are cut off by --snaplen.
format::DataRecord cut_call(test::FakeConnection& end, Direction direction, std::uint64_t time_ns,
                            const std::string& beginning, std::size_t missing) {
    return end.data(direction, time_ns, beginning,
                    static_cast<std::uint32_t>(beginning.size() + missing), MissingCause::snaplen);
}

// Calls with a chunked response, cut off within it.
class CutResponseTest : public ConnectionTest {
  protected:
    void send_cut(std::uint64_t ms, const std::string& beginning) {
        connection_.add(cut_call(end_, Direction::send, ms * kMs, beginning, 1015));
    }
    static inline const std::string kHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    static inline const std::string kChunk = "800\r\n" + std::string(1040, 'a');
};

// However many calls it takes: what is cut off one of them has the answers to no others.
TEST_F(CutResponseTest, HasNoAnswerToAnotherRequest) {
    for (int calls = 1; calls <= 4; ++calls) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        connection.add(end.received(1 * kMs, get("/1") + get("/2") + get("/3") + get("/4")));
        connection.add(end.sent(2 * kMs, kHead));
        for (int call = 0; call < calls; ++call) {
            connection.add(cut_call(end, Direction::send, 3 * kMs, kChunk, 1015));
        }
        connection.add(end.sent(4 * kMs, "0\r\n\r\n"));
        for (const std::string& text : {"2"s, "3"s, "4"s})
            connection.add(end.sent(5 * kMs, answer(text)));
        connection.add(end.close(6 * kMs));
        const auto texts = sink.described();
        EXPECT_THAT(texts, ::testing::IsSupersetOf({"-=200 2"s, "-=200 3"s, "4=200 4"s})) << calls;
    }
}

TEST_F(CutResponseTest, LeavesTheNextUnmatchedWhereTheClientDoesNotWait) {
    receive(1, get("/1") + get("/2"));
    send_cut(2, kHead + kChunk);
    receive(3, get("/3"));
    send(4, answer("2"));
    send(5, answer("3"));
    connection_.add(end_.close(6 * kMs));
    EXPECT_THAT(sink_.described(), ::testing::IsSupersetOf({"-=200 2"s, "3=200 3"s}));
}

TEST_F(CutResponseTest, LeavesTheNextUnmatchedWhereARequestIsReadWithTheEndOfTheOneBefore) {
    receive(1,
            get("/1") + get("/2") + "POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n1234");
    send_cut(2, kHead + kChunk);
    send(3, answer("2"));
    receive(4, "5678" + get("/4"));
    send(5, answer("3"));
    send(6, answer("4"));
    connection_.add(end_.close(7 * kMs));
    EXPECT_THAT(sink_.described(), ::testing::IsSupersetOf({"-=200 2"s, "-=200 3"s, "4=200 4"s}));
}

TEST_F(CutResponseTest, AClientThatWaitsGetsItsAnswer) {
    receive(1, get("/1"));
    send_cut(2, kHead + kChunk);
    receive(3, get("/2"));
    send(4, answer("2"));
    connection_.add(end_.close(5 * kMs));
    EXPECT_THAT(sink_.described(), Contains("2=200 2"));
}

// How many requests were cut off with the end of a body, nobody knows.
TEST_F(ConnectionTest, RequestsThatAreCutOffACallMakeTheNextPairsUnsure) {
    const std::string beginning =
        "POST /1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
        std::string("800\r\n") + std::string(1040, 'a');
    for (const bool two_at_once : {false, true}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        connection.add(cut_call(end, Direction::recv, 1 * kMs, beginning, 1200));
        connection.add(end.sent(2 * kMs, answer("1")));
        connection.add(end.sent(3 * kMs, answer("unread 1")));
        connection.add(end.received(4 * kMs, get("/2") + (two_at_once ? get("/3") : "")));
        connection.add(end.sent(5 * kMs, answer("unread 2")));
        connection.add(end.sent(6 * kMs, answer("2")));
        if (two_at_once) connection.add(end.sent(7 * kMs, answer("3")));
        connection.add(end.received(8 * kMs, get("/last")));
        connection.add(end.sent(9 * kMs, answer("last")));
        connection.add(end.close(10 * kMs));
        const auto texts = sink.described();
        EXPECT_THAT(texts, Contains("-=200 unread 1"));
        EXPECT_THAT(texts, Contains("-=200 unread 2"));
        EXPECT_THAT(texts, Contains((two_at_once ? "4" : "3") + "=200 last"s));
    }
}

// The first response behind a request is its own.
TEST_F(ConnectionTest, RequestsWhoseHeadsAreCutOffGetTheirResponses) {
    for (const std::string& name : {"1"s, "2"s, "3"s}) {
        const std::uint64_t time_ns = std::stoull(name) * 10 * kMs;
        connection_.add(
            cut_call(end_, Direction::send, time_ns, "GET /" + name + " HTTP/1.1\r\nHo", 90));
        connection_.add(end_.received(time_ns + 5 * kMs, answer(name)));
    }
    send(40, get("/4"));
    receive(45, answer("4"));
    EXPECT_THAT(sink_.described(),
                ::testing::IsSupersetOf({"1=200 1"s, "2=200 2"s, "3=200 3"s, "4=200 4"s}));
}

TEST_F(ConnectionTest, ARequestBehindACutOneOfTheSameCallMakesTheNextPairUnsure) {
    receive(1, get("/1"));
    send(2, answer("1"));
    connection_.add(
        cut_call(end_, Direction::recv, 3 * kMs, get("/2") + "GET /3 HTTP/1.1\r\nHo", 60));
    send(4, answer("2") + answer("3"));
    receive(5, get("/4"));
    send(6, answer("unread"));
    send(7, answer("4"));
    connection_.add(end_.close(8 * kMs));
    EXPECT_THAT(sink_.described(),
                ::testing::IsSupersetOf({"2=200 2"s, "3=200 3"s, "-=200 unread"s}));
}

TEST_F(ConnectionTest, WhatIsCutOffBehindABodyMakesTheNextPairUnsure) {
    connection_.add(cut_call(end_, Direction::recv, 1 * kMs,
                             "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345", 60));
    send(2, answer("1"));
    receive(3, get("/2"));
    send(4, answer("unread"));
    send(5, answer("2"));
    connection_.add(end_.close(6 * kMs));
    EXPECT_THAT(sink_.described(), ::testing::IsSupersetOf({"1=200 1"s, "-=200 unread"s}));
}

TEST_F(ConnectionTest, AClientThatWasSeenToWaitHasWaitedBehindACutCall) {
    send(1, get("/1") + get("/2"));
    receive(2, answer("1") + answer("2"));
    send(3, get("/3"));
    receive(4, answer("3"));
    connection_.add(
        cut_call(end_, Direction::send, 5 * kMs, get("/4") + "GET /5 HTTP/1.1\r\nHo", 60));
    receive(6, answer("4") + answer("5") + answer("unread"));
    send(7, get("/6"));
    receive(8, answer("6"));
    connection_.add(end_.close(9 * kMs));
    EXPECT_THAT(sink_.described(), ::testing::IsSupersetOf({"-=200 unread"s, "6=200 6"s}));
}

TEST_F(ConnectionTest, AResponseWhoseHeadIsCutOffIsNotThatOfALaterRequest) {
    send(1, get("/0"));
    receive(2, answer("0"));
    end_.lose(Direction::send, get("/unread").size());
    receive(4, "HTTP/1.1 503 Unread\r\nCon");
    end_.lose(Direction::recv, 20);
    send(6, get("/1"));
    connection_.stop_waiting_before(7 * kMs);
    receive(8, answer("1"));
    connection_.add(end_.close(9 * kMs));
    EXPECT_THAT(sink_.described(), ::testing::IsSupersetOf({"-=503"s, "2:/1"s, "2=200 1"s}));
}

TEST_F(ConnectionTest, TheBeginningOfAResponseIsLostBehindAnotherThatIs) {
    send(1, get("/0"));
    receive(2, answer("0"));
    end_.lose(Direction::send, get("/unread").size());
    end_.lose(Direction::recv, answer("unread").size());
    send(5, get("/1"));
    connection_.stop_waiting_before(6 * kMs);
    end_.lose(Direction::recv, 60);
    receive(7, std::string(50, 'x'));
    connection_.stop_waiting_before(8 * kMs);
    send(9, get("/2"));
    receive(10, answer("2"));
    connection_.add(end_.close(11 * kMs));
    EXPECT_THAT(sink_.described(), Contains("3=200 2"));
}

TEST_F(ConnectionTest, ARequestBehindALostOneWithoutAnAnswerBetweenIsPipelined) {
    send(1, get("/0"));
    receive(2, answer("0"));
    end_.lose(Direction::send, get("/unread").size());
    send(4, get("/1"));
    connection_.stop_waiting_before(5 * kMs);
    receive(6, answer("unread"));
    receive(7, answer("1"));
    send(8, get("/2"));
    receive(9, answer("2"));
    connection_.add(end_.close(10 * kMs));
    EXPECT_THAT(sink_.described(), ::testing::IsSupersetOf({"-=200 unread"s, "3=200 2"s}));
}

TEST_F(ConnectionTest, AClientThatDoesNotWaitIsNotTakenToHaveWaited) {
    send(1, get("/1") + get("/2"));
    receive(2, answer("1"));
    send(3, get("/3"));
    end_.lose(Direction::recv, answer("2").size());
    send(4, get("/4"));
    receive(5, answer("3"));
    receive(6, answer("4"));
    connection_.add(end_.close(7 * kMs));
    EXPECT_THAT(sink_.described(), ::testing::IsSupersetOf({"1=200 1"s, "-=200 3"s}));
}

// The answers in a gap that was sent before a request began are not its own.
TEST_F(ConnectionTest, AnswersThatWereLostBeforeARequestAreNotItsOwn) {
    receive(1, get("/0"));
    send(2, answer("0"));
    end_.lose(Direction::recv, get("/unread").size());
    end_.lose(Direction::send, answer("unread").size());
    receive(4, get("/1") + get("/2") + get("/3"));
    connection_.stop_waiting_before(5 * kMs);
    send(5, answer("1"));
    connection_.stop_waiting_before(6 * kMs);
    send(6, answer("2"));
    send(7, answer("3"));
    connection_.add(end_.close(8 * kMs));
    for (const auto& placed : sink_.messages) {
        const Message& message = *placed.paired.message;
        const bool is_paired = message.kind == Message::Kind::response && placed.paired.exchange;
        if (!is_paired || message.body() == "0") continue;
        EXPECT_EQ(std::to_string(*placed.paired.exchange - 1), message.body());
    }
}

TEST_F(ConnectionTest, MoreRequestsAtOnceThanAreRemembered) {
    constexpr int kRequests = 1030;
    for (int i = 1; i <= kRequests; ++i)
        send(1, get("/" + std::to_string(i)));
    for (int i = 1; i <= kRequests; ++i)
        receive(2, answer(std::to_string(i)));
    send(3, get("/last"));
    receive(4, answer("last"));
    const auto texts = sink_.described();
    EXPECT_THAT(texts, Contains("-=200 6"));
    EXPECT_THAT(texts, Contains("7=200 7"));
    EXPECT_THAT(texts, Contains("1030=200 1030"));
    EXPECT_THAT(texts, Contains("1031=200 last"));
}

// Which of them the bytes answer, if any, is not known.
TEST_F(ConnectionTest, WhatIsNotReadBetweenPipelinedResponsesLeavesTheNextUnmatched) {
    send(1, get("/1") + get("/2") + get("/3"));
    receive(2, answer("1") + kNoStatus + answer("?"));
    send(3, get("/4"));
    receive(4, answer("4"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/1", "2:/2", "3:/3", "1=200 1", "-=200 ?", "4:/4", "4=200 4"));
}

// Its server may answer it.
TEST_F(ConnectionTest, ARequestThatIsNotReadMayBeAnswered) {
    const std::string fields = "\r\nHost: h\r\n\r\n";
    for (const std::string& line :
         {"GET /0 HTTP/1.1\0"s, "GET /0 HTPP/1.1"s, "G(T /0 HTTP/1.1"s, " GET /0 HTTP/1.1"s,
          "GET /" + std::string(300'000, '0') + " HTTP/1.1"}) {
        for (const bool is_first : {true, false}) {
            test::FakeConnection end;
            CollectSink sink;
            Tally tally;
            Connection connection(7, end.socket, sink, tally);
            std::uint64_t ms = 0;
            if (!is_first) {
                connection.add(end.sent(++ms * kMs, get("/before")));
                connection.add(end.received(++ms * kMs, answer("before")));
            }
            connection.add(end.sent(++ms * kMs, line + fields + get("/1") + get("/2")));
            connection.add(end.received(++ms * kMs, answer("0") + answer("1") + answer("2")));
            connection.add(end.sent(++ms * kMs, get("/3")));
            connection.add(end.received(++ms * kMs, answer("3")));
            auto texts = sink.described();
            texts.erase(texts.begin(), texts.begin() + (is_first ? 0 : 2));
            const std::string first = is_first ? "1" : "2";
            const std::string second = is_first ? "2" : "3";
            const std::string last = is_first ? "3" : "4";
            EXPECT_THAT(texts, ElementsAre(first + ":/1", second + ":/2", "-=200 0", "-=200 1",
                                           "-=200 2", last + ":/3", last + "=200 3"))
                << line.substr(0, 40);
        }
    }
}

TEST_F(ConnectionTest, StrayBytesBehindARequestAreNoRequestWhenTheNextFollowsItsAnswer) {
    send(1, "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n1\x01\r\n");
    receive(2, answer("1"));
    send(3, get("/2"));
    receive(4, answer("2"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/1", "1=200 1", "2:/2", "2=200 2"));
}

TEST_F(ConnectionTest, SaysWhereBytesAreThatBelongToNoMessage) {
    send(1, get("/a"));
    receive(2, answer("A") + "one\r\ntwo");
    receive(3, "\r\nthree\r\n" + answer("B") + "four\r\n");
    ASSERT_EQ(tally_.not_http_places.count(), 2u);
    const auto& places = tally_.not_http_places.listed();
    EXPECT_EQ(places[0].direction, format::Direction::recv);
    EXPECT_EQ(places[0].source, end_.socket.remote);
    EXPECT_EQ(places[0].destination, end_.socket.local);
    EXPECT_EQ(places[0].offset, answer("A").size());
    EXPECT_EQ(places[0].bytes, 17u);
    EXPECT_EQ(places[1].offset, 2 * answer("A").size() + 17);
    EXPECT_EQ(places[1].bytes, 6u);
    EXPECT_EQ(tally_.not_http_bytes, 23u);
}

TEST_F(ConnectionTest, HoldsBothDirectionsUntilTheHoleIsFilled) {
    send(1, get("/0"));
    receive(2, answer("0"));
    const auto first = end_.sent(4 * kMs, get("/a"));
    const auto second = end_.sent(3 * kMs, get("/b"));
    connection_.add(second);
    receive(5, answer("A") + answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/0", "1=200 0"));
    EXPECT_EQ(connection_.held_since_ns(), 3 * kMs);
    connection_.add(first);
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/0", "1=200 0", "2:/a", "3:/b", "2=200 A", "3=200 B"));
    EXPECT_EQ(connection_.held_since_ns(), kNever);
}

TEST_F(ConnectionTest, HoldsNoMoreThanItsLimitOfRecords) {
    send(1, get("/0"));
    end_.lose(Direction::send, 10);
    for (std::size_t i = 0; i < kMaxHeldRecords; ++i)
        send(2, "x");
    EXPECT_EQ(connection_.held_since_ns(), 2 * kMs);
    send(2, "x");
    EXPECT_EQ(connection_.held_since_ns(), kNever);
    EXPECT_EQ(tally_.missing_bytes[MissingCause::lost], 10u);
}

TEST_F(ConnectionTest, HoldsNoMoreThanItsLimitOfBytes) {
    send(1, get("/0"));
    end_.lose(Direction::send, 10);
    for (std::size_t held = 0; held <= kMaxHeldBytes; held += 65536) {
        send(2, std::string(65536, 'x'));
    }
    EXPECT_EQ(connection_.held_since_ns(), kNever);
}

TEST_F(ConnectionTest, TwoHolesAreTwoLosses) {
    send(1, get("/0"));
    end_.lose(Direction::send, 10);
    send(2, get("/a"));
    end_.lose(Direction::send, 20);
    send(3, get("/b"));
    connection_.stop_waiting_before(10 * kMs);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/0", "2:/a", "3:/b"));
    EXPECT_EQ(tally_.missing_bytes[MissingCause::lost], 30u);
}

TEST_F(ConnectionTest, ResponseThatNobodyReadIsNotLost) {
    send(1, get("/a"));
    format::CloseRecord close = end_.close(2 * kMs);
    close.written_position = end_.next_sent;
    close.read_position = end_.next_received;
    close.received_position = end_.next_received + answer("A").size();
    connection_.add(close);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a"));
    EXPECT_EQ(tally_.missing_bytes[MissingCause::unread], answer("A").size());
    EXPECT_FALSE(tally_.missing_bytes.contains(MissingCause::lost));
}

TEST_F(ConnectionTest, LastRequestIsLostAndTheConnectionReset) {
    send(1, get("/a"));
    receive(2, answer("A"));
    end_.lose(Direction::send, 30);
    format::CloseRecord close = end_.close(3 * kMs);
    close.written_position = end_.next_sent;
    connection_.add(close);
    EXPECT_EQ(tally_.missing_bytes[MissingCause::lost], 30u);
}

TEST_F(ConnectionTest, RetransmittedBytesCountOnce) {
    const auto record = end_.sent(1 * kMs, get("/a"));
    connection_.add(record);
    connection_.add(record);
    connection_.add(end_.close(2 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a"));
    EXPECT_EQ(tally_.duplicate_bytes, get("/a").size());
}

TEST_F(ConnectionTest, PositionBeyondTheLastIsDropped) {
    auto record = end_.sent(1 * kMs, get("/a"));
    record.position = ~std::uint64_t{0} - 3;
    connection_.add(record);
    connection_.add(end_.close(2 * kMs));
    EXPECT_THAT(sink_.described(), IsEmpty());
}

TEST_F(ConnectionTest, Http2IsToldApart) {
    send(1, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    receive(2, "12345");
    connection_.add(end_.close(3 * kMs));
    EXPECT_THAT(sink_.described(), IsEmpty());
    ASSERT_TRUE(tally_.unparsed.contains("HTTP/2"));
    EXPECT_EQ(tally_.unparsed["HTTP/2"].connections, 1u);
    EXPECT_EQ(tally_.unparsed["HTTP/2"].bytes, 29u);
}

constexpr auto kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"sv;
constexpr auto kSettings = "\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"sv;

TEST_F(ConnectionTest, Http2IsToldApartHoweverItIsCut) {
    for (std::size_t cut = 0; cut < kPreface.size(); ++cut) {
        for (std::size_t cut_there = 0; cut_there < kSettings.size(); ++cut_there) {
            test::FakeConnection end;
            CollectSink sink;
            Tally tally;
            Connection connection(7, end.socket, sink, tally);
            const auto add = [&](Direction direction, std::string_view bytes) {
                const std::string text(bytes);
                if (text.empty()) return;
                connection.add(direction == Direction::send ? end.sent(1, text)
                                                            : end.received(1, text));
            };
            add(Direction::send, kPreface.substr(0, cut));
            add(Direction::recv, kSettings.substr(0, cut_there));
            add(Direction::recv, kSettings.substr(cut_there));
            add(Direction::send, kPreface.substr(cut));
            connection.add(end.close(2));
            ASSERT_EQ(tally.unparsed["HTTP/2"].connections, 1u) << cut << ' ' << cut_there;
            ASSERT_EQ(tally.unparsed["HTTP/2"].bytes, kPreface.size() + kSettings.size());
            ASSERT_EQ(tally.not_http_bytes, 0u);
        }
    }
}

TEST_F(ConnectionTest, WhatOnlyBeginsLikeHttp2IsReadAsItIs) {
    send(1, "P");
    EXPECT_EQ(connection_.oldest_open_ns(), 1 * kMs);
    receive(2, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(sink_.described(), ElementsAre("-=408"));
    send(3, "OST /a HTTP/1.1\r\nHost: h\r\n\r\n");
    receive(4, answer("A"));
    connection_.cut();
    EXPECT_THAT(sink_.described(), ElementsAre("-=408", "1:/a", "1=200 A"));
}

TEST_F(ConnectionTest, AStartOfHttp2ThatDoesNotGoOnIsNotHttp) {
    send(1, "PRI * HT");
    connection_.cut();
    EXPECT_EQ(tally_.not_http_bytes, 8u);
    EXPECT_EQ(connection_.oldest_open_ns(), kNever);
}

TEST_F(ConnectionTest, RequestsWithoutResponsesAreForgottenInTheEnd) {
    for (int i = 0; i < 5000; ++i)
        send(1, get("/" + std::to_string(i)));
    EXPECT_EQ(sink_.messages.size(), 5000u);
}

// Keep-alive without pipelining, every message in one to three records; some records are lost, some
// overtaken by the next. Whatever is paired belongs together: a response's body is its target.
class LossTest : public ::testing::TestWithParam<unsigned> {
  protected:
    std::vector<format::DataRecord> exchange(Direction direction, std::uint64_t time_ns,
                                             const std::string& text) {
        std::vector<format::DataRecord> records;
        std::size_t start = 0;
        while (start < text.size()) {
            const std::size_t size = random_() % 3 == 0 ? text.size() : 1 + random_() % text.size();
            const std::string part = text.substr(start, size);
            records.push_back(direction == Direction::send ? end_.sent(time_ns, part)
                                                           : end_.received(time_ns, part));
            start += part.size();
        }
        return records;
    }

    // Of at least `least` pairs none is wrong, or at most `wrong` in a hundred.
    void check_pairs(std::size_t least, std::size_t wrong = 0) {
        std::size_t paired = 0;
        std::size_t mistaken = 0;
        std::map<std::uint64_t, const Message*> requests;
        for (const auto& placed : sink_.messages) {
            if (!placed.paired.exchange || !placed.paired.message->gaps.empty()) continue;
            const Message& message = *placed.paired.message;
            if (message.kind == Message::Kind::request)
                requests[*placed.paired.exchange] = &message;
        }
        for (const auto& placed : sink_.messages) {
            const Message& message = *placed.paired.message;
            if (message.kind == Message::Kind::request || !placed.paired.exchange) continue;
            const auto request = requests.find(*placed.paired.exchange);
            if (request == requests.end() || !message.gaps.empty() || message.truncated) continue;
            ++paired;
            if (message.body() != request->second->text(request->second->target)) ++mistaken;
        }
        EXPECT_GT(paired, least);
        EXPECT_LE(mistaken * 100, paired * wrong);
    }

    std::mt19937 random_{GetParam()};
    test::FakeConnection end_;
    CollectSink sink_;
    Tally tally_;
};

TEST_P(LossTest, PairsBelongTogether) {
    Connection connection(1, end_.socket, sink_, tally_);
    for (std::uint64_t i = 0; i < 200; ++i) {
        const std::string path = "/" + std::to_string(i);
        const std::uint64_t time_ns = (i + 1) * 10 * kMs;
        auto records = exchange(Direction::send, time_ns, get(path));
        const auto response = exchange(Direction::recv, time_ns + 5 * kMs, answer(path));
        records.insert(records.end(), response.begin(), response.end());
        for (std::size_t r = 0; r + 1 < records.size(); ++r) {
            if (records[r].direction == records[r + 1].direction && i > 0 && random_() % 10 == 0) {
                std::swap(records[r], records[r + 1]);
            }
        }
        for (const auto& record : records) {
            connection.stop_waiting_before(record.time_ns -
                                           std::min(record.time_ns, kReorderWindowNs));
            if (i == 0 || random_() % 20 != 0) connection.add(record);
        }
    }
    connection.add(end_.close(kSecond * 100));

    check_pairs(100);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossTest, ::testing::Range(0u, 50u));

// The same with up to three requests at once. One that follows a lost one is taken for that of a
// client that waited.
TEST_P(LossTest, PipelinedPairsBelongTogether) {
    Connection connection(1, end_.socket, sink_, tally_);
    std::uint64_t number = 0;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const std::uint64_t time_ns = (i + 1) * 10 * kMs;
        std::vector<format::DataRecord> records;
        const std::uint64_t first = number;
        number += 1 + random_() % 3;
        for (std::uint64_t n = first; n < number; ++n)
            std::ranges::move(exchange(Direction::send, time_ns, get("/" + std::to_string(n))),
                              std::back_inserter(records));
        for (std::uint64_t n = first; n < number; ++n)
            std::ranges::move(
                exchange(Direction::recv, time_ns + 5 * kMs, answer("/" + std::to_string(n))),
                std::back_inserter(records));
        for (const auto& record : records) {
            connection.stop_waiting_before(record.time_ns -
                                           std::min(record.time_ns, kReorderWindowNs));
            if (i == 0 || random_() % 40 != 0) connection.add(record);
        }
    }
    connection.add(end_.close(kSecond * 100));
    check_pairs(50, 4);
}

TEST(HostileConnectionTest, RandomRecordsDoNoHarm) {
    std::mt19937_64 random(1);
    const std::vector<std::string> texts = {
        get("/a"), answer("A"), "HTTP/1.1 100 C\r\n\r\n", "x", "HTTP/1.1 200 OK\r\n\r\n",
        "\r\n",    ""};
    for (int run = 0; run < 200; ++run) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(1, end.socket, sink, tally);
        for (int i = 0; i < 300; ++i) {
            const auto direction = random() % 2 == 0 ? Direction::send : Direction::recv;
            const std::string& text = texts[random() % texts.size()];
            auto record = end.data(direction, random() % kSecond, text,
                                   static_cast<std::uint32_t>(text.size() + random() % 2),
                                   static_cast<MissingCause>(random() % 8));
            if (random() % 8 == 0) record.position += random() % 64 - 32;
            if (random() % 100 == 0) record.position = random();
            connection.add(record);
            if (random() % 100 == 0) connection.add(end.fin(direction, 1));
            if (random() % 20 == 0) connection.stop_waiting_before(random() % kSecond);
        }
        format::CloseRecord close = end.close(kSecond);
        if (run % 2 == 0) {
            close.written_position = end.next_sent + random() % 64 - 32;
            close.read_position = run % 4 == 0 ? random() : end.next_received;
            close.received_position = random();
        }
        connection.add(close);
        EXPECT_EQ(connection.held_since_ns(), kNever);
        EXPECT_EQ(connection.oldest_open_ns(), kNever);
    }
}

const std::string kTextHeader = "PROXY TCP4 192.0.2.1 198.51.100.1 40000 80\r\n";
const std::string kBinaryHeader(
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
    "GET / HTTP/1",
    28);

TEST_F(ConnectionTest, StepsOverAProxyHeader) {
    for (const auto& header : {kTextHeader, kBinaryHeader}) {
        const std::string stream = header + get("/a");
        for (std::size_t cut = 0; cut < stream.size(); ++cut) {
            test::FakeConnection end;
            CollectSink sink;
            Tally tally;
            Connection connection(7, end.socket, sink, tally);
            if (cut > 0) connection.add(end.received(1 * kMs, stream.substr(0, cut)));
            connection.add(end.received(2 * kMs, stream.substr(cut)));
            connection.add(end.sent(3 * kMs, answer("A")));
            ASSERT_THAT(sink.described(), ElementsAre("1:/a", "1=200 A")) << cut;
            EXPECT_THAT(sink.messages[0].paired.message->anomalies, IsEmpty());
            EXPECT_EQ(sink.messages[0].paired.message->raw, get("/a"));
            EXPECT_EQ(tally.proxy_header_bytes, header.size());
            EXPECT_EQ(tally.not_http_bytes, 0u);
            EXPECT_EQ(connection.oldest_open_ns(), kNever);
        }
    }
}

TEST_F(ConnectionTest, SaysWhatIsNotHttpBehindAProxyHeader) {
    receive(1, kTextHeader + "\x16\x03\x01 no HTTP");
    connection_.cut();
    EXPECT_EQ(tally_.proxy_header_bytes, kTextHeader.size());
    ASSERT_EQ(tally_.not_http_places.count(), 1u);
    EXPECT_EQ(tally_.not_http_places.listed()[0].offset, kTextHeader.size());
    EXPECT_EQ(tally_.not_http_bytes, 11u);
}

TEST_F(ConnectionTest, TellsTheProtocolBehindAProxyHeader) {
    receive(1, kBinaryHeader + "PRI * HTTP/2.0\r\n\r\n");
    EXPECT_EQ(tally_.unparsed["HTTP/2"].bytes, 18u);
}

TEST_F(ConnectionTest, WhatOnlyBeginsLikeAProxyHeaderIsReadAsItIs) {
    receive(1, "PROXY TC");
    EXPECT_EQ(connection_.oldest_open_ns(), 1 * kMs);
    receive(2, "X\r\n");
    receive(3, get("/a"));
    connection_.cut();
    EXPECT_EQ(tally_.proxy_header_bytes, 0u);
    EXPECT_THAT(sink_.described(), Contains("1:/a"));
    EXPECT_EQ(tally_.not_http_bytes, 11u);
}

TEST_F(ConnectionTest, AGapInAProxyHeader) {
    const std::string header = kBinaryHeader.substr(0, 14) + std::string("\x01\0", 2);
    connection_.add(
        end_.data(Direction::recv, 1 * kMs, header + "abcd", 16 + 256, MissingCause::snaplen));
    receive(2, get("/a"));
    send(3, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
    EXPECT_EQ(tally_.proxy_header_bytes, 20u);
    EXPECT_EQ(tally_.not_http_bytes, 0u);
}

}  // namespace
}  // namespace httpprof::replay
