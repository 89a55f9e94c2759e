#include "replay/protocol/http1_head.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using namespace std::string_view_literals;

TEST(Http1Head, FindsTheFirstControlCharacterAtEachPlace) {
    const std::string clean = "GET /abc HTTP/1.1\r\nA:\tb\xe9\xff\x80\r\nC: d\n\r\n";
    EXPECT_EQ(find_control(clean), std::string::npos);
    EXPECT_EQ(find_control(""), std::string::npos);
    for (const char bad : {'\0', '\x01', '\r', '\x1f', '\x7f'}) {
        for (std::size_t i = 0; i < clean.size(); ++i) {
            std::string text = clean;
            text[i] = bad;
            if (bad == '\r' && clean[i] == '\r') continue;
            // A CR in front of an LF is a line end, and the CR that was there now stands alone.
            if (bad == '\r' && clean[i + 1 < clean.size() ? i + 1 : i] == '\n') continue;
            if (clean[i] == '\n' && i > 0 && clean[i - 1] == '\r') {
                EXPECT_EQ(find_control(text), i - 1);
            } else {
                EXPECT_EQ(find_control(text), i) << static_cast<int>(bad);
            }
        }
    }
}

TEST(Http1Head, ATokenEndsAtTheFirstOtherCharacterAtEachPlace) {
    const std::string_view special = "!#$%&'*+-.^_`|~";  // RFC 9110, 5.6.2
    for (int value = 0; value < 256; ++value) {
        const char c = static_cast<char>(value);
        const bool is_alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        const bool is_token = is_alphanumeric || special.find(c) != special.npos;
        for (std::size_t size : {1U, 15U, 16U, 40U}) {
            for (std::size_t at = 0; at < size; ++at) {
                std::string text(size, 'a');
                text[at] = c;
                EXPECT_EQ(token_length(text), is_token ? size : at) << value << " at " << at;
            }
        }
    }
}

TEST(Http1Head, SplitsARequestLine) {
    const auto line = parse_start_line("POST /a?b HTTP/1.1");
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->kind, Message::Kind::request);
    EXPECT_EQ(line->method, "POST");
    EXPECT_EQ(line->target, "/a?b");
    EXPECT_EQ(line->version, "1.1");
    EXPECT_TRUE(line->exact);
}

TEST(Http1Head, SplitsAStatusLine) {
    const auto line = parse_start_line("HTTP/1.0 404 Not  Found ");
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->kind, Message::Kind::response);
    EXPECT_EQ(line->version, "1.0");
    EXPECT_EQ(line->status, 404);
    EXPECT_EQ(line->reason, "Not  Found ");
    EXPECT_TRUE(line->exact);
}

TEST(Http1Head, UnderstandsStartLinesAgainstTheGrammar) {
    for (const auto* text :
         {"GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1", "GET /a b HTTP/1.1",
          "GET HTTP/1.1", "GET / http/1.1", "GET / HTTP/1.11", "HTTP/1.1  200 OK",
          "HTTP/1.1\t200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 0200 OK", "HTTP/1.10 200 OK",
          "HTTP/1.1 20", "HTTP/2.0 200 OK", "http/1.1 200 OK", "GET / HTTP/2.0", "GET / HTTP/1.",
          "GET / HTTP/1.x", "GET /"}) {
        const auto line = parse_start_line(text);
        ASSERT_TRUE(line.has_value()) << text;
        EXPECT_FALSE(line->exact) << text;
    }
}

TEST(Http1Head, RefusesWhatIsNoStartLine) {
    for (const auto* text :
         {"", "GET", "HEAD /", "GET key", "GET /a /b", "PRI * HTTP/2.0", "GET / HTTP/x",
          " GET / HTTP/1.1", "(GT / HTTP/1.1", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 2x0 OK",
          "HTTP/1.1 99999999999 OK", "HTTP/1.1 20OK", "HTTP/ 200 OK", "/ HTTP/1.1"}) {
        EXPECT_FALSE(parse_start_line(text).has_value()) << text;
    }
}

TEST(Http1Head, AnImpossibleBeginningNeverBecomesAStartLine) {
    for (const auto* text : {"GET / HTTP/1.1", "HTTP/1.1 200 OK", "HTTP / HTTP/1.1", "H / HTTP/1.0",
                             "http/2.0 200 OK"}) {
        const std::string_view line = text;
        for (std::size_t size = 0; size <= line.size(); ++size) {
            EXPECT_NE(probe_start_line(line.substr(0, size)), Probe::impossible) << text << size;
        }
    }
    const std::string longest(256, 'A');
    EXPECT_TRUE(parse_start_line(longest + " / HTTP/1.1").has_value());
    EXPECT_FALSE(parse_start_line(longest + "A / HTTP/1.1").has_value());
    EXPECT_EQ(probe_start_line(longest), Probe::needs_more);
    EXPECT_EQ(probe_start_line(longest + 'A'), Probe::impossible);
}

TEST(Http1Head, ProbesTheLineAfterAStartLine) {
    for (const auto* text : {"A:", "Content-Length: 1", "\r\n", "\n"}) {
        EXPECT_EQ(probe_field_line(text), Probe::plausible) << text;
    }
    for (const auto* text : {"", "\r", "Content-Len"}) {
        EXPECT_EQ(probe_field_line(text), Probe::needs_more) << text;
    }
    for (const auto* text : {" A: b", "A b", ":", "\rA", "A\r\n", "(a):"}) {
        EXPECT_EQ(probe_field_line(text), Probe::impossible) << text;
    }
}

class FieldSection : public testing::Test {
  protected:
    void parse(std::string_view section) {
        message_.raw = section;
        index_lines(message_.raw, index_);
        if (index_.bare_lf != section.npos)
            note(message_, AnomalyKind::bare_lf, 100 + index_.bare_lf);
        parse_fields(message_.raw, index_, 0, 0, 100, message_.fields, message_);
    }

    // Names and values, as "name=value".
    std::vector<std::string> fields() {
        std::vector<std::string> result;
        for (const auto& field : message_.fields)
            result.push_back(
                std::string(message_.name(field)).append("=").append(message_.value(field)));
        return result;
    }

    std::vector<std::string> anomalies() const {
        std::vector<std::string> result;
        for (const auto& each : message_.anomalies) {
            result.push_back(std::string(to_string(each.kind)) + '@' + std::to_string(each.offset));
        }
        return result;
    }

    LineIndex index_;
    Message message_;
};

TEST_F(FieldSection, TrimsValuesAndKeepsNames) {
    parse("hOsT:a\r\nX-y: \t b  c \r\nEmpty:\r\n\r\n");
    EXPECT_THAT(fields(), testing::ElementsAre("hOsT=a", "X-y=b  c", "Empty="));
    EXPECT_THAT(anomalies(), testing::IsEmpty());
    EXPECT_EQ(message_.fields[1].name.begin, 8U);
}

TEST_F(FieldSection, MayEndWithoutTheEmptyLine) {
    parse("A: b\r\nC: d\r\n");
    EXPECT_THAT(fields(), testing::ElementsAre("A=b", "C=d"));
}

TEST_F(FieldSection, JoinsFoldsWithOneSpace) {
    parse("A: b\r\n   c\t\r\n\td e\r\nB:\r\n \r\n f\r\n\r\n");
    EXPECT_THAT(fields(), testing::ElementsAre("A=b c d e", "B=f"));
    EXPECT_THAT(anomalies(), testing::ElementsAre("folded-field-line@106"));
}

TEST_F(FieldSection, NotesWhatIsNoField) {
    parse(" x\r\nA: b\r\nno colon\r\n y\r\n: z\r\nC\t : d\r\nE f: g\r\n\r\n");
    EXPECT_THAT(fields(), testing::ElementsAre("A=b", "C=d", "E f=g"));
    EXPECT_THAT(anomalies(), testing::ElementsAre("field-line-invalid@100", "colon-missing@110",
                                                  "space-before-colon@130"));
}

TEST_F(FieldSection, NotesABareLf) {
    parse("A: b\r\nC: d\n\n");
    EXPECT_THAT(fields(), testing::ElementsAre("A=b", "C=d"));
    EXPECT_THAT(anomalies(), testing::ElementsAre("bare-lf@110"));
}

TEST_F(FieldSection, NotesAHostThatIsNone) {
    parse("A: b\r\nhost: \t a b \r\n\r\n");
    check_host(message_.raw, message_);
    EXPECT_THAT(anomalies(), testing::ElementsAre("host-invalid@6"));
}

TEST_F(FieldSection, WhiteSpaceAroundAHostIsNoPartOfIt) {
    parse("Host:\t  example.org:80 \t\r\n\r\n");
    check_host(message_.raw, message_);
    EXPECT_THAT(anomalies(), testing::IsEmpty());
}

TEST_F(FieldSection, OnlyHttp11AndLaterVersionsOfItNeedAHost) {
    for (const auto* version : {"1.1", "1.2", "1.9"}) {
        message_ = {};
        message_.version = version;
        check_host(message_.raw, message_);
        EXPECT_THAT(anomalies(), testing::ElementsAre("host-missing@0")) << version;
    }
    for (const auto* version : {"0.9", "1.0", "2.0", "5.6", "2", "11"}) {
        message_ = {};
        message_.version = version;
        check_host(message_.raw, message_);
        EXPECT_THAT(anomalies(), testing::IsEmpty()) << version;
    }
}

TEST_F(FieldSection, WantsOneHostSinceHttp11) {
    message_.version = "1.1";
    check_host(message_.raw, message_);
    EXPECT_THAT(anomalies(), testing::ElementsAre("host-missing@0"));

    message_ = {};
    message_.version = "1.0";
    check_host(message_.raw, message_);
    EXPECT_THAT(anomalies(), testing::IsEmpty());

    parse("Host: a\r\nHost: a\r\n\r\n");
    check_host(message_.raw, message_);
    EXPECT_THAT(anomalies(), testing::ElementsAre("host-repeated@9"));
}

}  // namespace
}  // namespace httpprof::replay
