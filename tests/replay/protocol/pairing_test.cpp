#include "replay/protocol/pairing.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/connection_fixture.h"
#include "tests/replay/http_text.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using format::Direction;
using format::MissingCause;
using test::answer;
using test::get;
using test::kMs;
using test::kSecond;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PairingTest : public ConnectionTest {};

TEST_F(PairingTest, PairsKeepAlive) {
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

TEST_F(PairingTest, PairsOnTheServersEnd) {
    receive(1, get("/a"));
    send(2, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
    EXPECT_EQ(sink_.messages[0].paired.direction, Direction::recv);
}

TEST_F(PairingTest, PairsPipelinedRequestsInOrder) {
    send(1, get("/a") + get("/b"));
    send(2, get("/c"));
    receive(3, answer("A") + answer("B"));
    receive(4, answer("C"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/a", "2:/b", "3:/c", "1=200 A", "2=200 B", "3=200 C"));
}

TEST_F(PairingTest, InterimResponsesLeaveTheRequestOpen) {
    send(1, "POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    receive(2, "HTTP/1.1 100 Continue\r\n\r\n");
    send(3, "hi");
    receive(4, "HTTP/1.1 103 Early Hints\r\n\r\n" + answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=100", "1=103", "1=200 A"));
}

// A copy for each would take gigabytes where the target is long and the responses are many.
TEST_F(PairingTest, ResponsesHaveTheHeadOfTheirRequestInCommon) {
    const std::string interim = "HTTP/1.1 100 \r\n\r\n";
    const auto head = [this](std::size_t message) {
        return sink_.messages[message].paired.request;
    };
    send(1, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n");
    receive(2, interim + interim);
    send(3, "hi");
    receive(4, interim + answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=100", "1=100", "1=100", "1=200 A"));
    EXPECT_EQ(head(1), head(2));
    EXPECT_EQ(head(3), head(4));
    EXPECT_EQ(head(1)->bytes, 0u);  // when they began, the request was not complete
    EXPECT_EQ(head(4)->bytes, sink_.messages[0].paired.message->size);
}

TEST_F(PairingTest, FinalResponseBeforeTheRequestIsComplete) {
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
TEST_F(PairingTest, ContentIsNotSentBehindARefusedExpectation) {
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
TEST_F(PairingTest, TheRequestBehindARefusedExpectationIsNotPipelined) {
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
TEST_F(PairingTest, ContentThatWasLostBeforeTheResponseWasNotRefused) {
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

TEST_F(PairingTest, ContentMayBeOfAnAnswerToAnotherRequest) {
    send(1, get("/z") + kExpectingPost);
    receive(2, answer("Z"));
    send(3, get("/b") + std::string(4000 - get("/b").size(), 'x') + get("/c"));
    receive(4, answer("A") + answer("C"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/z", "2:/a", "1=200 Z", "3:/c", "2=200 A", "3=200 C"));
}

constexpr const char* kOpenPost = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab";

TEST_F(PairingTest, ResponsesKnowARequestThatIsNotComplete) {
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

TEST_F(PairingTest, ResponsesKnowARequestOfWhichOnlyTheStartLineCame) {
    send(1, "GET /a HTTP/1.1\r\nHos");
    receive(2, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
    connection_.add(end_.close(3 * kMs));
    ASSERT_THAT(sink_.described(), ElementsAre("1:/a", "1=408"));
    std::erase_if(sink_.messages, [](const auto& placed) { return !placed.paired.request; });
    ASSERT_EQ(sink_.messages.size(), 1u);
    EXPECT_EQ(sink_.messages[0].paired.request->target, "/a");
}

// As one to a target that is too long for the server, or to a client that is too slow.
TEST_F(PairingTest, AResponseAnswersTheBeginningOfAStartLine) {
    send(1, "GET /lo");
    receive(2, "HTTP/1.1 100 Continue\r\n\r\n" + answer("too long"));
    receive(3, answer("again"));
    send(4, "ng HTTP/1.1\r\nHost: h\r\n\r\n" + get("/b"));
    receive(5, answer("B"));
    send(6, "GET /c");
    connection_.add(end_.close(7 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/long", "1=100", "1=200 too long", "-=200 again",
                                               "2:/b", "2=200 B", "3:/c"));
    for (const PlacedMessage& placed : sink_.messages) {
        const Paired& paired = placed.paired;
        if (paired.exchange != 1) continue;
        if (paired.message->kind == Message::Kind::request) {
            EXPECT_EQ(paired.response->status, 200);
        } else {
            EXPECT_EQ(paired.request->target, "/long");
            EXPECT_EQ(paired.request->host, "h");
            EXPECT_EQ(paired.latency_ns, 1 * kMs);
        }
    }
}

TEST_F(PairingTest, AnInterimResponseToTheBeginningOfAStartLineLeavesTheRequestOpen) {
    send(1, "POST /a");
    receive(2, "HTTP/1.1 100 Continue\r\n\r\n");
    send(3, " HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx" + get("/b"));
    receive(4, answer("A") + answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=100", "2:/b", "1=200 A", "2=200 B"));
}

TEST_F(PairingTest, AResponseWaitsForTheHeadOfItsRequest) {
    send(1, "GET /a HTTP/1.1\r\n");
    receive(2, answer("early"));
    EXPECT_THAT(sink_.described(), ElementsAre());
    send(3, "Host: h\r\n\r\n");
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 early"));
    std::erase_if(sink_.messages, [](const auto& placed) { return !placed.paired.request; });
    ASSERT_EQ(sink_.messages.size(), 1u);
    EXPECT_EQ(sink_.messages[0].paired.request->host, "h");
}

TEST_F(PairingTest, AnAnsweredStartLineThatIsNoneAfterAllKeepsItsNumber) {
    send(1, "GET /a");
    receive(2, answer("A"));
    send(3, " b\r\n\r\n");
    send(4, get("/c"));
    receive(5, answer("C"));
    EXPECT_THAT(sink_.described(), ElementsAre("1=200 A", "2:/c", "2=200 C"));
}

TEST_F(PairingTest, AResponseDoesNotAnswerLessThanTheBeginningOfATarget) {
    for (const char* const piece : {"G", "GET", "GET ", "GET index"}) {
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

TEST_F(PairingTest, WhatFollowsForeignBytesIsNoRequestWhereTheOthersAre) {
    send(1, get("/a"));
    receive(2, "hello\r\n" + get("/b") + answer("A"));
    connection_.add(end_.close(3 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
}

TEST_F(PairingTest, AResponseDoesNotAnswerAResponse) {
    send(1, "HTTP/1.1 200 OK\r\nHost: h\r\n\r\nbody");
    receive(2, answer("A"));
    connection_.add(end_.close(3 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("-=200 body", "-=200 A"));
}

TEST_F(PairingTest, HeadThatIsAnsweredBeforeItsEndHasNoBody) {
    send(1, "HEAD /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
    send(3, "cd" + get("/b"));
    receive(4, answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200", "2:/b", "2=200 B"));
}

TEST_F(PairingTest, HeadHasNoBody) {
    send(1, "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + get("/b"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "2:/b", "1=200", "2=200 B"));
}

// Described, of the messages that the end of the connection cut off.
std::vector<std::string> ended_early(CollectSink& sink) {
    std::erase_if(sink.messages, [](const auto& placed) { return !placed.paired.ended_early; });
    return sink.described();
}

TEST_F(PairingTest, SaysWhichMessagesItsEndCutOff) {
    send(1, get("/a"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nA");
    connection_.add(end_.fin(Direction::recv, 3));
    send(4, get("/b"));
    send(5, "POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nc");
    connection_.add(end_.close(6));
    EXPECT_THAT(ended_early(sink_), ElementsAre("1=200 A", "2:/b", "3:/c"));
}

TEST_F(PairingTest, BodiesThatEndWithItAreNotCutOff) {
    send(1, get("/a"));
    receive(2, "HTTP/1.1 200 OK\r\n\r\nA");
    connection_.add(end_.fin(Direction::recv, 3));
    connection_.add(end_.close(4));
    EXPECT_THAT(ended_early(sink_), IsEmpty());
}

TEST_F(PairingTest, EndOfTheCaptureCutsNothingOff) {
    send(1, get("/a"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nA");
    connection_.cut();
    EXPECT_THAT(ended_early(sink_), IsEmpty());
}

TEST_F(PairingTest, AnswersThatMayBeMissingWereNotCutOff) {
    Connection connection(7, end_.socket, sink_, tally_, {.join_responses = true});
    connection.add(end_.sent(1, get("/a") + get("/b")));
    end_.lose(Direction::recv, 100);
    connection.add(end_.sent(2, get("/c")));
    connection.add(end_.close(2 * kSecond));
    EXPECT_THAT(ended_early(sink_), IsEmpty());
}

TEST_F(PairingTest, NeverPairsWithALaterRequest) {
    receive(1, answer("0"));  // joined in mid-exchange
    send(2, get("/a"));
    receive(3, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("-=200 0", "1:/a", "1=200 A"));
}

TEST_F(PairingTest, MoreRequestsAtOnceThanAreRemembered) {
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

TEST_F(PairingTest, RequestsWithoutResponsesAreForgottenInTheEnd) {
    for (int i = 0; i < 5000; ++i)
        send(1, get("/" + std::to_string(i)));
    EXPECT_EQ(sink_.messages.size(), 5000u);
}

}  // namespace
}  // namespace httpprof::replay
