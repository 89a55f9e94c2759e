#include "replay/protocol/http1_optional_content.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using format::MissingCause;
using Kind = Message::Kind;
using Outcome = OptionalContent::Outcome;

constexpr std::size_t kLimit = 64;
constexpr std::uint64_t kLength = 40;

OptionalContent started(Kind kind, std::string_view bytes = {}) {
    OptionalContent content(kLimit);
    content.start(kind, kLength);
    if (!bytes.empty()) EXPECT_EQ(content.consume(bytes, Origin{}), bytes.size());
    return content;
}

Outcome after(Kind kind, std::string_view bytes) {
    return started(kind, bytes).outcome();
}

Outcome after_gap(Kind kind, std::string_view bytes, std::uint64_t length, MissingCause cause) {
    auto content = started(kind, bytes);
    content.skip(length, cause);
    return content.outcome();
}

Outcome after_end(Kind kind, std::string_view bytes, bool orderly) {
    auto content = started(kind, bytes);
    content.finish(orderly);
    return content.outcome();
}

TEST(OptionalContent, IsOmittedWhereTheNextStartLineOfItsKindComes) {
    EXPECT_EQ(after(Kind::request, "FROB /next HTTP/1.1\r\n"), Outcome::omitted);
    EXPECT_EQ(after(Kind::request, "GET /next HTTP/1.1\n"), Outcome::omitted);
    EXPECT_EQ(after(Kind::request, "HTTP/1.1 200 OK\r\n"), Outcome::comes);
    EXPECT_EQ(after(Kind::response, "HTTP/1.1 200 OK\r\n"), Outcome::omitted);
    EXPECT_EQ(after(Kind::response, "GET /next HTTP/1.1\r\n"), Outcome::comes);
}

TEST(OptionalContent, ComesWhereAStartLineOnlyEndsTheLine) {
    EXPECT_EQ(after(Kind::request, "a=bGET /next HTTP/1.1\r\n"), Outcome::comes);
    EXPECT_EQ(after(Kind::request, "GET /next of these\r\n"), Outcome::comes);
}

TEST(OptionalContent, ComesAsSoonAsNoStartLineBeginsSo) {
    EXPECT_EQ(after(Kind::request, "GE"), Outcome::open);
    EXPECT_EQ(after(Kind::request, "GE\x01"), Outcome::comes);
    EXPECT_EQ(after(Kind::response, "HTTP/1"), Outcome::open);
    EXPECT_EQ(after(Kind::response, "HTTP/1.1 20"), Outcome::open);
    EXPECT_EQ(after(Kind::response, "HTTP/2"), Outcome::comes);
}

TEST(OptionalContent, ComesWhereNoLineEndsWithinTheLimit) {
    const std::string line = "GET /" + std::string(kLimit, 'a');
    EXPECT_EQ(after(Kind::request, line.substr(0, kLimit - 1)), Outcome::open);
    auto content = started(Kind::request);
    EXPECT_EQ(content.consume(line, Origin{}), kLimit);
    EXPECT_EQ(content.outcome(), Outcome::comes);
}

TEST(OptionalContent, HandsOverTheLineThatItTookInPieces) {
    auto content = started(Kind::request, "GET /n");
    const std::string_view rest = "ext HTTP/1.1\r\n";
    EXPECT_EQ(content.consume(std::string(rest) + "Host: a\r\n", Origin{}), rest.size());
    EXPECT_EQ(content.outcome(), Outcome::omitted);
    EXPECT_EQ(content.take().view(), "GET /next HTTP/1.1\r\n");
    content.start(Kind::request, 0);
    EXPECT_EQ(content.outcome(), Outcome::open);
    EXPECT_TRUE(content.take().empty());
}

TEST(OptionalContent, IsOpenBehindAGapThatCanBeEither) {
    EXPECT_EQ(after_gap(Kind::request, "", kLength + 1, MissingCause::lost), Outcome::open);
    EXPECT_EQ(after_gap(Kind::request, "", kLength, MissingCause::lost), Outcome::comes);
    EXPECT_EQ(after_gap(Kind::request, "", kLength + 1, MissingCause::sendfile), Outcome::comes);
    EXPECT_EQ(after_gap(Kind::response, "", kLength + 1, MissingCause::lost), Outcome::comes);
}

TEST(OptionalContent, BeforeAGapItsBeginningTells) {
    EXPECT_EQ(after_gap(Kind::request, "GET /ne", 1, MissingCause::lost), Outcome::omitted);
    EXPECT_EQ(after_gap(Kind::request, "word", 1, MissingCause::lost), Outcome::comes);
    EXPECT_EQ(after_gap(Kind::response, "HTTP/1.", 1, MissingCause::lost), Outcome::omitted);
    EXPECT_EQ(after_gap(Kind::response, "HTTP/", 1, MissingCause::lost), Outcome::comes);
}

TEST(OptionalContent, IsOmittedWhereAClientEndsTheStreamInstead) {
    EXPECT_EQ(after_end(Kind::request, "", true), Outcome::omitted);
    EXPECT_EQ(after_end(Kind::request, "", false), Outcome::comes);
    EXPECT_EQ(after_end(Kind::request, "GET", true), Outcome::comes);
    EXPECT_EQ(after_end(Kind::response, "", true), Outcome::comes);
}

}  // namespace
}  // namespace httpprof::replay
