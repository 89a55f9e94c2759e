#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/connection_fixture.h"
#include "tests/replay/http_text.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using namespace std::literals;

using test::answer;
using test::get;
using test::kMs;
using ::testing::ElementsAre;

class JoinedMidStreamTest : public ConnectionTest {};

TEST_F(JoinedMidStreamTest, JoinedInTheMiddleOfABody) {
    receive(1, "rest of a body\n");
    send(2, get("/a"));
    receive(3, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
    EXPECT_EQ(tally_.not_http_bytes, 15u);
}

// No line end parts the body from the next start line.
TEST_F(JoinedMidStreamTest, JoinedInTheMiddleOfABodyOfOneWord) {
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
TEST_F(JoinedMidStreamTest, JoinedInTheMiddleOfABodyBeforeTheNextRequest) {
    send(1, "xxxxx");
    send(2, get("/2"));
    receive(3, answer("two"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/2", "-=200 two"));
    EXPECT_EQ(tally_.not_http_bytes, 5u);
    EXPECT_EQ(sink_.messages[0].paired.message->text(sink_.messages[0].paired.message->method),
              "GET");
}

TEST_F(JoinedMidStreamTest, JoinedInTheMiddleOfALongBodyOfOneWord) {
    for (int i = 0; i < 10; ++i)
        send(1, std::string(64 * 1024, 'x'));
    send(2, get("/2"));
    receive(3, answer("2"));
    send(4, get("/3"));
    receive(5, answer("3"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/2", "-=200 2", "2:/3", "2=200 3"));
    EXPECT_EQ(tally_.not_http_bytes, 640u * 1024);
}

TEST_F(JoinedMidStreamTest, BeginsWithAMessageByteByByte) {
    std::uint64_t ms = 0;
    for (const char byte : get("/a"))
        send(++ms, {byte});
    for (const char byte : answer("A"))
        receive(++ms, {byte});
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
    EXPECT_EQ(sink_.messages[0].paired.message->anomalies.size(), 0u);
}

TEST_F(JoinedMidStreamTest, BeginsByteByByteWithAMethodThatEndsInAKnownOne) {
    std::uint64_t ms = 0;
    for (const char byte : "XGET /a HTTP/1.1\r\nHost: h\r\n\r\n"sv)
        send(++ms, {byte});
    receive(++ms, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
    EXPECT_EQ(tally_.not_http_bytes, 0u);
}

TEST_F(JoinedMidStreamTest, BeginsWithAMessageOfAnUnknownMethod) {
    send(1, "FROB /a HTTP/1.1\r\nHo");
    send(2, "st: h\r\n\r\n");
    receive(3, answer("A"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
}

TEST_F(JoinedMidStreamTest, TheFirstRequestIsTheSameHoweverItIsCut) {
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

}  // namespace
}  // namespace httpprof::replay
