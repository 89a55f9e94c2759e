#include "replay/protocol/protocols.h"

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
using format::MissingCause;
using test::answer;
using test::get;
using test::kMs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ProtocolsTest : public ConnectionTest {};

TEST_F(ProtocolsTest, Http2IsToldApart) {
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

TEST_F(ProtocolsTest, Http2IsToldApartHoweverItIsCut) {
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

TEST_F(ProtocolsTest, WhatOnlyBeginsLikeHttp2IsReadAsItIs) {
    send(1, "P");
    EXPECT_EQ(connection_.oldest_open_ns(), 1 * kMs);
    receive(2, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(sink_.described(), ElementsAre("-=408"));
    send(3, "OST /a HTTP/1.1\r\nHost: h\r\n\r\n");
    receive(4, answer("A"));
    connection_.cut();
    EXPECT_THAT(sink_.described(), ElementsAre("-=408", "1:/a", "1=200 A"));
}

TEST_F(ProtocolsTest, AStartOfHttp2ThatDoesNotGoOnIsNotHttp) {
    send(1, "PRI * HT");
    connection_.cut();
    EXPECT_EQ(tally_.not_http_bytes, 8u);
    EXPECT_EQ(connection_.oldest_open_ns(), kNever);
}

const std::string kTextHeader = "PROXY TCP4 192.0.2.1 198.51.100.1 40000 80\r\n";
const std::string kBinaryHeader(
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
    "GET / HTTP/1",
    28);

TEST_F(ProtocolsTest, StepsOverAProxyHeader) {
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

TEST_F(ProtocolsTest, SaysWhatIsNotHttpBehindAProxyHeader) {
    receive(1, kTextHeader + "\x16\x03\x01 no HTTP");
    connection_.cut();
    EXPECT_EQ(tally_.proxy_header_bytes, kTextHeader.size());
    ASSERT_EQ(tally_.not_http_places.count(), 1u);
    EXPECT_EQ(tally_.not_http_places.listed()[0].offset, kTextHeader.size());
    EXPECT_EQ(tally_.not_http_bytes, 11u);
}

TEST_F(ProtocolsTest, TellsTheProtocolBehindAProxyHeader) {
    receive(1, kBinaryHeader + "PRI * HTTP/2.0\r\n\r\n");
    EXPECT_EQ(tally_.unparsed["HTTP/2"].bytes, 18u);
}

TEST_F(ProtocolsTest, WhatOnlyBeginsLikeAProxyHeaderIsReadAsItIs) {
    receive(1, "PROXY TC");
    EXPECT_EQ(connection_.oldest_open_ns(), 1 * kMs);
    receive(2, "X\r\n");
    receive(3, get("/a"));
    connection_.cut();
    EXPECT_EQ(tally_.proxy_header_bytes, 0u);
    EXPECT_THAT(sink_.described(), Contains("1:/a"));
    EXPECT_EQ(tally_.not_http_bytes, 11u);
}

TEST_F(ProtocolsTest, AGapInAProxyHeader) {
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
