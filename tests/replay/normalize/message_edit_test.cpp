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

Edit edit_of(const Message& message, const std::string& from, const std::string& to) {
    const auto begin = static_cast<std::uint32_t>(message.raw.find(from));
    return {{begin, static_cast<std::uint32_t>(from.size())}, to};
}

void expect_body_edited(const std::string& before, const std::string& after) {
    Message message = parsed(before);
    const Message wanted = parsed(after);
    apply_edits(message, {edit_of(message, "time", "a time of a day")});
    expect_equal(message, wanted);
    EXPECT_EQ(message.body_size, wanted.body_size);
}

TEST(MessageEditTest, SizesFollowTheBody) {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    expect_body_edited(head + "Content-Length: 7\r\nA: b\r\n\r\na time.",
                       head + "Content-Length: 18\r\nA: b\r\n\r\na a time of a day.");
    const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
    const std::string rest = "2\r\nab\r\n0\r\n\r\n";
    expect_body_edited(chunked + "4;a=b\r\ntime\r\n" + rest,
                       chunked + "f;a=b\r\na time of a day\r\n" + rest);
    expect_body_edited(chunked + "0007\r\na time.\r\n" + rest,
                       chunked + "0012\r\na a time of a day.\r\n" + rest);
}

TEST(MessageEditTest, SizesThatAreEditedStayAsTheyAreEdited) {
    Message message = parsed("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntime");
    apply_edits(message, {{message.fields[0].value, "some"}, edit_of(message, "time", "now")});
    EXPECT_EQ(message.raw, "HTTP/1.1 200 OK\r\nContent-Length: some\r\n\r\nnow");
    EXPECT_EQ(message.body_size, 3u);
}

TEST(MessageEditTest, WhatIsWithinAnEditStaysThere) {
    Message message = parsed(response("the time", "12345678"));
    const Range first = message.content[0];
    const Range second = message.content[1];
    const std::uint32_t end = first.begin + first.size;
    message.anomalies = {{AnomalyKind::bare_lf, second.begin}};
    apply_edits(message, {{first, "XX"}, {{end, second.begin + second.size - end}, ""}});
    EXPECT_EQ(message.body(), "XX");
    EXPECT_EQ(message.body_size, 2u);
    EXPECT_EQ(message.anomalies[0].offset, first.begin + 2u);
    const std::string body = message.raw.substr(message.head_size);
    EXPECT_EQ(body, "2\r\nXX\r\n0\r\nETag: 12345678\r\nA: b\r\n\r\n");
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

// In time that grows with their number, not with its square.
TEST(MessageEditTest, MovesAsManyGapsAsThereAre) {
    constexpr std::uint64_t kGaps = 300'000;
    Message message = parsed(response("Mon", "x"));
    for (std::uint64_t i = 0; i < kGaps; ++i)
        message.gaps.push_back({message.head_size + 2 * i, 1, format::MissingCause::snaplen});
    const Gap last = message.gaps.back();
    message.anomalies.assign(1, {AnomalyKind::bare_lf, last.offset});
    apply_edits(message, {{message.fields[0].value, "Monday"}});
    EXPECT_EQ(message.gaps.back().offset, last.offset + 3);
    EXPECT_EQ(message.anomalies[0].offset, last.offset + 3);
}

}  // namespace
}  // namespace httpprof::replay
