#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/reorder.h"
#include "tests/replay/connection_fixture.h"
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

class PairingGapTest : public ConnectionTest {};

TEST_F(PairingGapTest, SendfileIsAGapInABodyAndKeepsThePairing) {
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

TEST_F(PairingGapTest, LostResponseLeavesItsRequestUnanswered) {
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

TEST_F(PairingGapTest, LostRequestLeavesItsResponseUnmatched) {
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

TEST_F(PairingGapTest, GapInABodyOfKnownLengthKeepsThePairing) {
    send(1, get("/a") + get("/b"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    end_.lose(Direction::recv, 3);
    receive(3, "ghi" + answer("B"));
    connection_.add(end_.close(4 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "2:/b", "1=200 abcghi", "2=200 B"));
}

TEST_F(PairingGapTest, GapThatSwallowsTheNextHeadLosesThePlace) {
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

TEST_F(PairingGapTest, FirstResponseOfAConnectionIsLost) {
    send(1, get("/a"));
    end_.lose(Direction::recv, answer("A").size());
    send(3, get("/b"));
    receive(4, answer("B"));
    connection_.add(end_.close(5 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "2:/b", "2=200 B"));
    EXPECT_EQ(tally_.missing_bytes[MissingCause::lost], answer("A").size());
}

TEST_F(PairingGapTest, TheCountIsRightAgainWhenAllIsAnswered) {
    receive(1, answer("0"));  // joined in mid-exchange
    send(2, get("/a") + get("/b"));
    receive(3, answer("A") + answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("-=200 0", "1:/a", "2:/b", "1=200 A", "2=200 B"));
}

TEST_F(PairingGapTest, TheCountIsRightAgainWhenARequestThatIsNotReadIsAnswered) {
    send(1, "G(T /\r\n\r\n");
    receive(2, answer("0"));
    send(3, get("/a") + get("/b"));
    receive(4, answer("A") + answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("-=200 0", "1:/a", "2:/b", "1=200 A", "2=200 B"));
}

TEST_F(PairingGapTest, AResponseBeforeTheEndOfAStartLineIsNoLaterAnswer) {
    send(1, "GET /a HT");
    receive(2, answer("A"));
    send(3, "TP/1.1\r\nHost: h\r\n\r\n" + get("/b"));
    receive(4, answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A", "2:/b", "2=200 B"));
}

TEST_F(PairingGapTest, AResponseWithinAStartLineThatIsSearchedForBelongsToNoLaterRequest) {
    send(1, "GET /a");
    receive(2, answer("A"));
    end_.lose(Direction::send, 9);
    send(3, ".1\r\nHost: h\r\n\r\n");
    send(4, "GET /b");
    receive(5, answer("B"));
    send(6, " HTTP/1.1\r\nHost: h\r\n\r\n");
    send(7, get("/c"));
    receive(8, answer("C"));
    connection_.add(end_.close(9 * kMs));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/a", "1=200 A", "-=200 B", "2:/b", "3:/c", "3=200 C"));
}

TEST_F(PairingGapTest, ResponsesToBeginningsOfStartLinesBehindAGap) {
    send(1, get("/a"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-L");
    end_.lose(Direction::recv, 20);
    std::uint64_t ms = 3;
    for (const std::string target : {"/b", "/c"}) {
        send(ms, "GET " + target);
        receive(ms + 1, answer(target));
        send(ms + 2, " HTTP/1.1\r\nHost: h\r\n\r\n");
        ms += 3;
    }
    send(ms, get("/d"));
    receive(ms + 1, answer("/d"));
    connection_.add(end_.close((ms + 2) * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200", "2:/b", "2=200 /b", "3:/c",
                                               "3=200 /c", "4:/d", "4=200 /d"));
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

TEST_F(PairingGapTest, TheFirstResponseIsTheSameHoweverItIsCut) {
    for (const std::string start : {kNoStatus, "\r", "http/1.1 200 OK\r\n\r\n", "junk", "\x01"}) {
        const std::string responses = start + answer("A");
        EXPECT_EQ(answered(get("/1") + kHead, responses, false),
                  answered(get("/1") + kHead, responses, true))
            << start;
    }
}

TEST_F(PairingGapTest, AResponseThatIsNotReadLeavesItsRequestUnanswered) {
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

TEST_F(PairingGapTest, StrayBytesBetweenResponsesLeaveNoPairUnsure) {
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
TEST_F(PairingGapTest, AResponseThatIsPassedOverShiftsNoPair) {
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
            for (const char* const between : {":/", "=200 "})
                expected.push_back(std::string(number).append(between).append(number));
        }
        const bool is_passed_over = std::string_view(stray).size() > 1;
        if (is_passed_over) expected.erase(expected.begin() + 3);
        EXPECT_EQ(sink.described(), expected) << stray;
    }
}

TEST_F(PairingGapTest, ResponsesThatAreNotFoundBehindAGapShiftNoPair) {
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
TEST_F(PairingGapTest, AGapBetweenPipelinedResponsesAnswersOneRequest) {
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
TEST_F(PairingGapTest, AResponseAnswersNothingThatBeganLater) {
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
TEST_F(PairingGapTest, TheEndOfABodyThatIsPassedAnswersNoLaterRequest) {
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
TEST_F(PairingGapTest, ResponsesAreMatchedAgainBehindACutInterimOne) {
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
TEST_F(PairingGapTest, WhatFillsAHoleWaitsForWhatWasSentBefore) {
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
class CutResponseTest : public PairingGapTest {
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
TEST_F(PairingGapTest, RequestsThatAreCutOffACallMakeTheNextPairsUnsure) {
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
TEST_F(PairingGapTest, RequestsWhoseHeadsAreCutOffGetTheirResponses) {
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

TEST_F(PairingGapTest, ARequestBehindACutOneOfTheSameCallMakesTheNextPairUnsure) {
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

TEST_F(PairingGapTest, WhatIsCutOffBehindABodyMakesTheNextPairUnsure) {
    connection_.add(cut_call(end_, Direction::recv, 1 * kMs,
                             "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345", 60));
    send(2, answer("1"));
    receive(3, get("/2"));
    send(4, answer("unread"));
    send(5, answer("2"));
    connection_.add(end_.close(6 * kMs));
    EXPECT_THAT(sink_.described(), ::testing::IsSupersetOf({"1=200 1"s, "-=200 unread"s}));
}

// It is none that was read that the next response answers.
TEST_F(PairingGapTest, ARequestIsPassedWithTheContentOfACutOne) {
    connection_.add(
        cut_call(end_, Direction::recv, 1 * kMs, "POST /1 HTTP/1.1\r\nHost: h\r\nX: a", 60));
    send(2, answer("1"));
    receive(3, "the end of the contentFOO /unread HTTP/1.1\r\nHost: h\r\n\r\nGE");
    receive(4, "T /3 HTTP/1.1\r\nHost: h\r\n\r\n");
    send(5, answer("unread"));
    send(6, answer("3"));
    receive(7, get("/4"));
    send(8, answer("4"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/1", "1=200 1", "2:/3", "-=200 unread", "-=200 3",
                                               "3:/4", "3=200 4"));
}

TEST_F(PairingGapTest, AClientThatWasSeenToWaitHasWaitedBehindACutCall) {
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

TEST_F(PairingGapTest, AResponseWhoseHeadIsCutOffIsNotThatOfALaterRequest) {
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

TEST_F(PairingGapTest, TheBeginningOfAResponseIsLostBehindAnotherThatIs) {
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

TEST_F(PairingGapTest, ARequestBehindALostOneWithoutAnAnswerBetweenIsPipelined) {
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

TEST_F(PairingGapTest, AClientThatDoesNotWaitIsNotTakenToHaveWaited) {
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
TEST_F(PairingGapTest, AnswersThatWereLostBeforeARequestAreNotItsOwn) {
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

// That a request followed the lost one tells only the answer.
TEST_F(PairingGapTest, AnAnswerToALostRequestIsNotThatOfTheOneBefore) {
    for (const std::string& seen : {answer("a"), "a\n"s, ""s}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        const auto add = [&](const format::DataRecord& record) {
            connection.add(record);
            connection.stop_waiting_before(kNever);
        };
        add(end.sent(1 * kMs, get("/a")));
        end.lose(Direction::recv, answer("a").size() - seen.size());
        if (!seen.empty()) add(end.received(2 * kMs, seen));
        add(end.sent(3 * kMs, get("/b")));
        end.lose(Direction::recv, answer("b").size());
        end.lose(Direction::send, get("/c").size());
        add(end.received(6 * kMs, answer("c")));
        add(end.sent(7 * kMs, get("/d")));
        add(end.received(8 * kMs, answer("d")));
        std::vector<std::string> expected = {"1:/a", "2:/b", "-=200 c", "3:/d", "3=200 d"};
        if (seen == answer("a")) expected.insert(expected.begin() + 1, "1=200 a");
        EXPECT_EQ(sink.described(), expected) << seen;
    }
}

// Which of them the bytes answer, if any, is not known.
TEST_F(PairingGapTest, WhatIsNotReadBetweenPipelinedResponsesLeavesTheNextUnmatched) {
    send(1, get("/1") + get("/2") + get("/3"));
    receive(2, answer("1") + kNoStatus + answer("?"));
    send(3, get("/4"));
    receive(4, answer("4"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/1", "2:/2", "3:/3", "1=200 1", "-=200 ?", "4:/4", "4=200 4"));
}

// Its server may answer it.
TEST_F(PairingGapTest, ARequestThatIsNotReadMayBeAnswered) {
    const std::string fields = "\r\nHost: h\r\n\r\n";
    for (const std::string& line :
         {"GET /0 HTPP/1.1"s, "G\0T /0 HTTP/1.1"s, "(G /0 HTTP/1.1"s, "GET /0 HTTP /1.1"s}) {
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

// What is left of it is of no message.
TEST_F(PairingGapTest, ARequestThatIsTooLongIsAnswered) {
    const std::string target = "/" + std::string(300'000, '0');
    send(1, get(target));
    receive(2, answer("0"));
    send(3, get("/1"));
    receive(4, answer("1"));
    const std::string kept = target.substr(0, 256 * 1024 - std::string_view("GET ").size());
    EXPECT_THAT(sink_.described(), ElementsAre("1:" + kept, "1=200 0", "2:/1", "2=200 1"));
}

TEST_F(PairingGapTest, StrayBytesBehindARequestAreNoRequestWhenTheNextFollowsItsAnswer) {
    send(1, "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n1\x01\r\n");
    receive(2, answer("1"));
    send(3, get("/2"));
    receive(4, answer("2"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/1", "1=200 1", "2:/2", "2=200 2"));
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

}  // namespace
}  // namespace httpprof::replay
