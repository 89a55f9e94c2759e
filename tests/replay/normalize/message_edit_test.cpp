#include "replay/normalize/message_edit.h"

#include <string>

#include <gtest/gtest.h>

#include "replay/protocol/http1.h"
#include "tests/replay/http1_log.h"

namespace httpprof::replay {
namespace {

Message parsed(const std::string& bytes) {
    test::Http1Log log({"GET"});
    Http1Parser parser(log);
    parser.feed(bytes, {1, 42, 1, "curl"});
    EXPECT_EQ(log.messages().size(), 1u);
    return *log.messages().at(0);
}

std::string response(const std::string& date, const std::string& trailer) {
    return "HTTP/1.1 200 OK\r\nDate: " + date +
           "\r\nHost:  h \r\nTransfer-Encoding: chunked\r\n\r\n" +
           "5\r\nhello\r\n1\r\n!\r\n0\r\nETag: " + trailer + "\r\nA: b\r\n\r\n";
}

std::vector<Edit> edits_of(const Message& message, const std::string& date,
                           const std::string& trailer) {
    return {{message.fields[0].value, date}, {message.trailers[0].value, trailer}};
}

void expect_equal(const Message& a, const Message& b) {
    EXPECT_EQ(a.raw, b.raw);
    EXPECT_EQ(a.size, b.size);
    EXPECT_EQ(a.head_size, b.head_size);
    EXPECT_EQ(a.body(), b.body());
    EXPECT_EQ(a.text(a.reason), b.text(b.reason));
    ASSERT_EQ(a.fields.size(), b.fields.size());
    for (std::size_t i = 0; i < a.fields.size(); ++i) {
        EXPECT_EQ(a.name(a.fields[i]), b.name(b.fields[i]));
        EXPECT_EQ(a.value(a.fields[i]), b.value(b.fields[i]));
    }
    ASSERT_EQ(a.trailers.size(), b.trailers.size());
    for (std::size_t i = 0; i < a.trailers.size(); ++i) {
        EXPECT_EQ(a.name(a.trailers[i]), b.name(b.trailers[i]));
        EXPECT_EQ(a.value(a.trailers[i]), b.value(b.trailers[i]));
    }
}

TEST(MessageEditTest, GivesTheMessageThatSaysThat) {
    for (const std::string to : {"", "x", "the same", "something much longer"}) {
        Message message = parsed(response("the time", "12345678"));
        apply_edits(message, edits_of(message, to, to + "T"));
        expect_equal(message, parsed(response(to, to + "T")));
    }
}

TEST(MessageEditTest, MovesOffsets) {
    Message message = parsed(response("the time", "12345678"));
    const std::uint64_t body = message.content[0].begin;
    const std::uint64_t trailer = message.trailers[1].name.begin;
    message.anomalies = {{AnomalyKind::bare_lf, 3}, {AnomalyKind::bare_lf, trailer + 10}};
    message.gaps = {{body, 10, format::MissingCause::lost}};
    apply_edits(message, edits_of(message, "now", "1"));
    EXPECT_EQ(message.gaps[0].offset, body - 5);
    EXPECT_EQ(message.anomalies[0].offset, 3u);
    EXPECT_EQ(message.anomalies[1].offset, trailer + 10 - 5 - 7);
}

}  // namespace
}  // namespace httpprof::replay
