#include "replay/protocol/http1.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/http1_log.h"
#include "tests/replay/protocol/http1_case.h"

namespace httpprof::test {
namespace {

using replay::Http1Parser;
using replay::Message;
using replay::Origin;

constexpr const char* kCases = "testdata/http1";
// A case with more bytes is not run at each pair of cuts, for there are half of its square.
constexpr std::size_t kPairLimit = 100;

std::vector<std::string> case_names() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(kCases)) {
        if (entry.path().extension() == ".case") names.push_back(entry.path().stem());
    }
    std::sort(names.begin(), names.end());
    return names;
}

Http1Case read_case(const std::string& name) {
    return read_http1_case(std::string(kCases) + '/' + name + ".case");
}

class Http1Cases : public testing::TestWithParam<std::string> {};

TEST_P(Http1Cases, SaysWhatIsExpected) {
    const auto subject = read_case(GetParam());
    const auto log = subject.run({});
    EXPECT_EQ(log.text(), subject.expected);
    EXPECT_EQ(log.account_error(subject.captured(), subject.missing()), "");
}

TEST_P(Http1Cases, SaysTheSameHoweverItIsCut) {
    const auto subject = read_case(GetParam());
    const auto size = subject.captured().size();
    std::vector<std::size_t> everywhere(size);
    std::iota(everywhere.begin(), everywhere.end(), 0);
    EXPECT_EQ(subject.run(everywhere).text(), subject.expected) << "byte by byte";

    for (std::size_t first = 1; first < size; ++first) {
        ASSERT_EQ(subject.run({first}).text(), subject.expected) << "cut at " << first;
        for (std::size_t second = first + 1; size <= kPairLimit && second < size; ++second) {
            ASSERT_EQ(subject.run({first, second}).text(), subject.expected)
                << "cut at " << first << " and " << second;
        }
    }
}

TEST_P(Http1Cases, BoundariesAreTheSameHoweverItIsCut) {
    const auto subject = read_case(GetParam());
    std::vector<std::size_t> everywhere(subject.captured().size());
    std::iota(everywhere.begin(), everywhere.end(), 0);
    const auto log = subject.run({});
    EXPECT_EQ(subject.run(everywhere).boundaries(), log.boundaries());
    if (subject.missing() > 0 || !subject.captured().starts_with("GET / HTTP/1.1\r\n")) return;
    ASSERT_FALSE(log.boundaries().empty());
    EXPECT_EQ(log.boundaries().front(), (replay::Boundary{replay::Boundary::Kind::begin, 0}));
}

TEST(Http1Boundaries, CountWhatIsMissing) {
    Http1Log log;
    Http1Parser parser(log);
    parser.feed("junk\nPOST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", {});
    parser.skip(4, format::MissingCause::lost, {});
    parser.feed("hi\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", {});
    parser.skip(100, format::MissingCause::lost, {});
    parser.feed("tail\nGET / HTTP/1.1\r\nHost: h\r\n", {});
    parser.skip(7, format::MissingCause::lost, {});
    parser.feed("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /unfinish", {});
    parser.finish(false);
    using Kind = replay::Boundary::Kind;
    const std::vector<replay::Boundary> expected = {
        {Kind::begin, 0},   {Kind::none, 0},    {Kind::begin, 5},   {Kind::broken, 52},
        {Kind::begin, 54},  {Kind::whole, 81},  {Kind::begin, 186}, {Kind::broken, 211},
        {Kind::begin, 218}, {Kind::whole, 245}, {Kind::begin, 245}, {Kind::broken, 258}};
    EXPECT_EQ(log.boundaries(), expected);
}

TEST(Http1Boundaries, DoNotSayOfADisputedEndThatItIsOne) {
    const auto end_after = [](const std::string& fields, const std::string& start_line) {
        Http1Log log;
        Http1Parser parser(log);
        parser.feed(start_line + "\r\nHost: h\r\n" + fields + "\r\n", {});
        parser.finish(true);
        return log.boundaries().at(1).kind;
    };
    using Kind = replay::Boundary::Kind;
    for (const char* start_line : {"POST / HTTP/1.1", "HTTP/1.1 200 OK"}) {
        EXPECT_EQ(end_after("Content-Length: 0\r\n", start_line), Kind::whole);
        EXPECT_EQ(end_after("Content-Length: 5\r\nContent-Length: 6\r\n", start_line),
                  Kind::broken);
        EXPECT_EQ(end_after("Content-Length: +6\r\n", start_line), Kind::broken);
        EXPECT_EQ(end_after("Transfer-Encoding: chunked, gzip\r\n", start_line), Kind::broken);
    }
    EXPECT_EQ(end_after("Content-Length: +6\r\n", "HTTP/1.1 204 No Content"), Kind::whole);
}

INSTANTIATE_TEST_SUITE_P(All, Http1Cases, testing::ValuesIn(case_names()), [](const auto& test) {
    std::string name = test.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST(Http1CaseFiles, ThereAreMany) {
    EXPECT_GE(case_names().size(), 60U);
}

// A stream of messages, and where each begins.
struct Stream {
    std::string bytes;
    std::vector<std::size_t> starts;

    void add(const std::string& message) {
        starts.push_back(bytes.size());
        bytes += message;
    }
};

// Bodies end without a line end, so that the next start line is in the middle of a line.
Stream requests() {
    Stream stream;
    stream.add("GET /a HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n");
    stream.add(
        "POST /b?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\n{\"name\":\"value1\"}");
    stream.add(
        "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nSum: 1\r\n\r\n");
    stream.add("PATCH /d HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nend");
    stream.add("DELETE /e HTTP/1.1\r\nHost: a\r\n\r\n");
    return stream;
}

Stream responses() {
    Stream stream;
    stream.add("HTTP/1.1 200 OK\r\nServer: a\r\nContent-Length: 17\r\n\r\n{\"name\":\"value1\"}");
    stream.add("HTTP/1.1 100 Continue\r\n\r\n");
    stream.add(
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 16\r\n\r\n"
        "<p>line\nnext</p>");
    stream.add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    stream.add("HTTP/1.1 204 No Content\r\nServer: a\r\n\r\n");
    stream.add("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    return stream;
}

// Expects that the last messages of `log` are those of `stream` that begin at `from` or later.
void expect_all_from(const Stream& stream, std::size_t from, const Http1Log& log) {
    const auto first = std::lower_bound(stream.starts.begin(), stream.starts.end(), from);
    const auto count = static_cast<std::size_t>(stream.starts.end() - first);
    const auto& messages = log.messages();
    ASSERT_GE(messages.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& message = messages[messages.size() - count + i];
        const auto start = first[static_cast<std::ptrdiff_t>(i)];
        const auto end =
            i + 1 < count ? first[static_cast<std::ptrdiff_t>(i) + 1] : stream.bytes.size();
        EXPECT_EQ(message->raw, stream.bytes.substr(start, end - start));
        EXPECT_FALSE(message->truncated);
    }
}

class Http1Streams : public testing::TestWithParam<std::string> {
  protected:
    const Stream stream_ = GetParam() == "requests" ? requests() : responses();
};

TEST_P(Http1Streams, JoinedAnywhereTheNextWholeMessageIsTheFirst) {
    for (std::size_t from = 0; from < stream_.bytes.size(); ++from) {
        SCOPED_TRACE("joined at " + std::to_string(from));
        Http1Log log;
        Http1Parser parser(log);
        parser.skip(1, format::MissingCause::lost, {});
        parser.feed(std::string_view(stream_.bytes).substr(from), {});
        parser.finish(true);
        expect_all_from(stream_, from, log);
        const auto first = std::lower_bound(stream_.starts.begin(), stream_.starts.end(), from);
        EXPECT_EQ(log.messages().size(), static_cast<std::size_t>(stream_.starts.end() - first));
        EXPECT_EQ(log.account_error(stream_.bytes.substr(from), 1), "");
    }
}

TEST_P(Http1Streams, WithAGapAnywhereTheOthersAreWhole) {
    for (const std::size_t length : {1U, 7U, 40U, 120U}) {
        for (std::size_t at = 0; at + length <= stream_.bytes.size(); ++at) {
            SCOPED_TRACE("gap of " + std::to_string(length) + " at " + std::to_string(at));
            Http1Log log;
            Http1Parser parser(log);
            parser.feed(std::string_view(stream_.bytes).substr(0, at), {});
            parser.skip(length, format::MissingCause::lost, {});
            parser.feed(std::string_view(stream_.bytes).substr(at + length), {});
            parser.finish(true);
            expect_all_from(stream_, at + length, log);
            const auto before = std::upper_bound(stream_.starts.begin(), stream_.starts.end(), at);
            const auto whole = static_cast<std::size_t>(before - stream_.starts.begin()) - 1;
            for (std::size_t i = 0; i < whole; ++i) {
                EXPECT_FALSE(log.messages().at(i)->truncated) << i;
                EXPECT_TRUE(log.messages().at(i)->gaps.empty()) << i;
            }
            EXPECT_EQ(log.account_error(std::string(stream_.bytes).erase(at, length), length), "");
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Both, Http1Streams, testing::Values("requests", "responses"));

TEST(Http1Parser, KeepsTheOriginOfTheFirstByteAndTheTimeOfTheLast) {
    Http1Log log;
    Http1Parser parser(log);
    parser.feed("\r\n", {10, 1, 1, "blank"});
    parser.feed("PO", {20, 2, 2, "first"});
    parser.feed("ST / HTTP/1.1\r\nHost: a\r\n", {30, 3, 3, "second"});
    parser.feed("Content-Length: 2\r\n\r\na", {40, 4, 4, "third"});
    parser.feed("bGET ", {50, 5, 5, "fourth"});
    parser.feed("/ HTTP/1.1\r\n\r\n", {60, 6, 6, "fifth"});
    parser.finish(true);
    ASSERT_EQ(log.messages().size(), 2U);
    EXPECT_EQ(log.messages()[0]->first, (Origin{20, 2, 2, "first"}));
    EXPECT_EQ(log.messages()[0]->last_time_ns, 50U);
    EXPECT_EQ(log.messages()[1]->first, (Origin{50, 5, 5, "fourth"}));
    EXPECT_EQ(log.messages()[1]->last_time_ns, 60U);
}

TEST(Http1Parser, KeepsWhichOtherProgramsHadAPartInAMessage) {
    Http1Log log;
    Http1Parser parser(log);
    parser.feed("\r\n", {10, 1, 1, "blank"});
    parser.feed("POST / ", {20, 2, 2, "first"});
    parser.feed("HTTP/1.1\r\n", {30, 3, 3, "line"});
    parser.feed("Transfer-Encoding: chunked\r\n", {40, 2, 2, "first"});
    parser.feed("\r\n", {50, 2, 2, "executed"});
    parser.feed("3", {55, 9, 9, "digit"});
    parser.feed("\r\na", {60, 3, 4, "same pid"});
    parser.feed("b", {70, 3, 3, "line"});
    parser.skip(1, format::MissingCause::sendfile, {80, 5, 5, "sendfile"});
    parser.feed("\r\n3\r\nab", {90, 2, 2, "executed"});
    parser.skip(1, format::MissingCause::lost, {100, 6, 6, "unknown"});
    parser.feed("\r\n0\r\n", {110, 2, 2, "first"});
    parser.feed("\r", {120, 7, 7, "last"});
    parser.feed("\nGET / HTTP/1.1\r\n\r\n", {130, 8, 8, "next"});
    parser.finish(true);
    ASSERT_EQ(log.messages().size(), 2U);
    EXPECT_THAT(log.messages()[0]->others,
                testing::ElementsAre(Origin{10, 1, 1, "blank"}, Origin{30, 3, 3, "line"},
                                     Origin{50, 2, 2, "executed"}, Origin{55, 9, 9, "digit"},
                                     Origin{60, 3, 4, "same pid"}, Origin{80, 5, 5, "sendfile"},
                                     Origin{120, 7, 7, "last"}, Origin{130, 8, 8, "next"}));
    EXPECT_THAT(log.messages()[1]->others, testing::IsEmpty());
}

TEST(Http1Parser, KeepsTheOriginThroughASearch) {
    Http1Log log;
    Http1Parser parser(log);
    parser.skip(1, format::MissingCause::lost, {});
    parser.feed("rest of a bodyH", {10, 1, 1, "first"});
    parser.feed("TTP/1.1 204 No Content\r\nSer", {20, 2, 2, "second"});
    parser.feed("ver: a\r\n\r", {30, 3, 3, "third"});
    parser.feed("\n", {40, 4, 4, "fourth"});
    ASSERT_EQ(log.messages().size(), 1U);
    EXPECT_EQ(log.messages()[0]->first, (Origin{10, 1, 1, "first"}));
    EXPECT_EQ(log.messages()[0]->last_time_ns, 40U);
}

TEST(Http1Parser, TheTimeOfAGapAtTheEndIsTheTimeOfTheLastByte) {
    Http1Log log;
    Http1Parser parser(log);
    parser.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na", {10, 1, 1, "a"});
    parser.skip(4, format::MissingCause::snaplen, {20, 1, 1, "a"});
    ASSERT_EQ(log.messages().size(), 1U);
    EXPECT_EQ(log.messages()[0]->last_time_ns, 20U);
    EXPECT_EQ(log.messages()[0]->gaps.at(0).cause, format::MissingCause::snaplen);
}

TEST(Http1Parser, AMessageIsReportedAsSoonAsItIsWhole) {
    Http1Log log;
    Http1Parser parser(log);
    parser.feed("GET / HTTP/1.1\r\nHost: a\r\n\r", {});
    EXPECT_EQ(log.text(), "begin\n");
    parser.feed("\n", {});
    EXPECT_EQ(log.messages().size(), 1U);
}

TEST(Http1Parser, WhatCannotBeAMessageIsAbandonedAtOnce) {
    Http1Log log;
    Http1Parser parser(log);
    parser.feed("SSH-2.0-OpenSSH_9.2\x01", {});
    ASSERT_EQ(log.boundaries().size(), 2U);
    EXPECT_EQ(log.boundaries()[1].kind, replay::Boundary::Kind::none);
}

TEST(Http1Parser, ALongLineDoesNotHideTheStartAtItsEnd) {
    const std::string start = "HTTP/1.1 204 No Content\r\n\r\n";
    for (const std::size_t garbage : {16'000U, 16'384U, 33'000U, 100'000U}) {
        Http1Log log;
        Http1Parser parser(log);
        const auto stream = std::string(garbage, 'x') + start;
        for (std::size_t i = 0; i < stream.size(); i += 1000) {
            parser.feed(std::string_view(stream).substr(i, 1000), {});
        }
        EXPECT_EQ(log.messages().size(), 1U) << garbage;
        EXPECT_EQ(log.account_error(stream), "");
    }
}

TEST(Http1Parser, ReadsLongChunkExtensions) {
    const auto parsed = [](std::size_t size) {
        Http1Log log;
        Http1Parser parser(log);
        parser.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=", {});
        parser.feed(std::string(size, 'e') + "\r\nhello\r\n0\r\n\r\n", {});
        parser.finish(true);
        EXPECT_EQ(log.messages().size(), 1U);
        return log.messages().at(0);
    };
    EXPECT_EQ(parsed(200'000)->body(), "hello");
    EXPECT_TRUE(parsed(200'000)->anomalies.empty());
    EXPECT_EQ(parsed(300'000)->body(), "hello");
    ASSERT_EQ(parsed(300'000)->anomalies.size(), 1U);
    EXPECT_EQ(parsed(300'000)->anomalies[0].kind, replay::AnomalyKind::too_large);
}

TEST(Http1Parser, SaysWhereSkippedBytesAre) {
    class Places : public Http1Log {
      public:
        void on_skipped(std::uint64_t offset, std::uint64_t bytes) override {
            Http1Log::on_skipped(offset, bytes);
            text += std::to_string(offset) + '+' + std::to_string(bytes) + ' ';
        }
        std::string text;
    };
    Places log;
    Http1Parser parser(log);
    parser.feed("HTTP/1.1 204 A\r\n\r\n", {});  // 18 bytes
    parser.feed("?\r\n", {});
    parser.feed("HTTP/1.1 200 B\r\nContent-Length: 10\r\n\r\n12", {});  // 40 bytes
    parser.skip(4, format::MissingCause::lost, {});
    parser.feed("7890!\r\n", {});  // from 65 on
    parser.skip(1000, format::MissingCause::lost, {});
    parser.feed("??\r\n", {});
    parser.feed("HTTP/1.1 200 C\r\nContent-Length: 10\r\n\r\n12", {});
    parser.skip(1000, format::MissingCause::lost, {});
    parser.feed("?", {});
    parser.finish(true);
    EXPECT_EQ(log.messages().size(), 3U);
    EXPECT_EQ(log.text, "18+3 69+3 1072+4 2116+1 ");
}

TEST(Http1Parser, IsMovable) {
    Http1Log log;
    Http1Parser first(log);
    first.feed("GET / HTTP/1.1\r\n", {});
    Http1Parser second = std::move(first);
    second.feed("Host: a\r\n\r\n", {});
    EXPECT_EQ(log.messages().size(), 1U);
}

// In a time that grows with their number alone: their lines are not indexed again for each.
TEST(Http1Parser, TakesManyRequestsWithoutVersionInOnePiece) {
    constexpr std::size_t kRequests = 60'000;
    constexpr std::size_t kBeforeEmptyLine = 8'000;
    std::string bytes;
    for (std::size_t i = 1; i <= kRequests; ++i)
        bytes += i % kBeforeEmptyLine == 0 ? "GET /\n\n" : "GET /\n";
    Http1Log log;
    Http1Parser parser(log);
    parser.feed(bytes, {});
    EXPECT_EQ(log.messages().size(), kRequests);
}

}  // namespace
}  // namespace httpprof::test
