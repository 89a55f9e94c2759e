#include "bpf/http_start.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace {

// They may read HTTP_START_MAX bytes; those beyond the text must not count.
enum http_start classify(std::string_view text) {
    std::string padded(text);
    padded.resize(HTTP_START_MAX, 'X');
    const auto size = static_cast<uint32_t>(std::min(text.size(), padded.size()));
    const uint32_t blank = ::blank_bytes(padded.data(), size);
    return ::http_start(padded.data() + blank, size - blank);
}

TEST(HttpStart, Messages) {
    for (const char* text :
         {"GET / HTTP/1.1", "POST /x", "HTTP/1.1 200 OK", "HTTP/1.0 404", "PRI * HTTP/2.0",
          "UPDATEREDIRECTREF /", "VERSION-CONTROL /", "QUERY /q"})
        EXPECT_EQ(classify(text), HTTP_START_YES) << text;
}

TEST(HttpStart, EveryStartAtEveryLength) {
    for (const std::string_view start : http_starts) {
        for (std::size_t size = 0; size < start.size(); ++size)
            EXPECT_NE(classify(start.substr(0, size)), HTTP_START_NO)
                << start << " cut at " << size;
        EXPECT_EQ(classify(start), HTTP_START_YES) << start;
    }
}

TEST(HttpStart, OtherProtocols) {
    for (const char* text :
         {"get / HTTP/1.1", "EHLO mail", "SSH-2.0-OpenSSH", "\x16\x03\x01", "*1\r\n$4\r\nPING",
          "GETX /", "HTTP/2 200", "HTTPS", "GOT ", " GET /", "ZZZ"})
        EXPECT_EQ(classify(text), HTTP_START_NO) << text;
}

TEST(HttpStart, Undecided) {
    for (const char* text : {"", "G", "GET", "HTTP/1", "P", "UPDATE", "UN"})
        EXPECT_EQ(classify(text), HTTP_START_MORE) << text;
}

TEST(HttpStart, BlankLinesBefore) {
    for (const std::string_view start : http_starts) {
        for (const std::string_view line : {"\r\n", "\n"}) {
            std::string blank;
            for (; blank.size() <= HTTP_BLANK_MAX; blank += line) {
                EXPECT_EQ(classify(blank + std::string(start)), HTTP_START_YES) << start;
                EXPECT_EQ(classify(blank), HTTP_START_MORE);
                EXPECT_EQ(classify(blank + "G"), HTTP_START_MORE);
                EXPECT_EQ(classify(blank + "EHLO mail"), HTTP_START_NO);
            }
            EXPECT_EQ(classify(blank + std::string(start)), HTTP_START_NO) << blank.size();
        }
    }
}

TEST(HttpStart, ProxyHeaders) {
    using namespace std::literals;
    for (const std::string_view text :
         {"PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n"sv, "PROXY TCP6 2001:db8::1 ::1 1 2\r\n"sv,
          "PROXY UNKNOWN\r\n"sv, "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"sv})
        EXPECT_EQ(classify(text), HTTP_START_YES) << text;
    for (const std::string_view text : {"PROXY UDP4 "sv, "PROXY /"sv, "\r\n\r\n\0\r\nQUIT "sv})
        EXPECT_EQ(classify(text), HTTP_START_NO) << text;
}

TEST(HttpStart, ProxySignatureAtEveryLength) {
    using namespace std::literals;
    constexpr auto kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
    for (std::size_t size = 0; size < kSignature.size(); ++size)
        EXPECT_EQ(classify(kSignature.substr(0, size)), HTTP_START_MORE) << size;
    EXPECT_EQ(classify(kSignature), HTTP_START_YES);
}

TEST(HttpStart, LongestStartFits) {
    for (const std::string_view start : http_starts)
        EXPECT_LE(start.size(), HTTP_WORD_MAX);
}

enum http_start classify_first_line(std::string_view text) {
    struct first_line line = {};
    for (const char c : text) {
        const auto start = ::add_to_first_line(&line, c);
        if (start != HTTP_START_MORE) return start;
    }
    return HTTP_START_MORE;
}

TEST(FirstLine, Requests) {
    for (const std::string_view text :
         {"FOO / HTTP/1.1\r\n", "get / HTTP/1.0\n", " GET\v/ a b\fHTTP/1.1 \t\r\n",
          "\r\n\n \r\n\r\nGET / HTTP/1.1\n", "f\xc3\xb3\r/\rHTTP/1.9\n"}) {
        EXPECT_EQ(classify_first_line(text), HTTP_START_YES) << text;
        EXPECT_EQ(classify_first_line(text.substr(0, text.size() - 1)), HTTP_START_MORE) << text;
    }
}

TEST(FirstLine, Others) {
    for (const std::string_view text :
         {"EHLO mail\r\nGET / HTTP/1.1\r\n", "\"GET / HTTP/1.1\" 200\n", "PROTOCOL=HTTP/1.1\n",
          "FOO / HTTP/1.10\n", "FOO / HTTP/1.\n", "OPTIONS rtsp://test/ RTSP/1.0\r\n", "\n1\n"})
        EXPECT_EQ(classify_first_line(text), HTTP_START_NO) << text;
}

}  // namespace
