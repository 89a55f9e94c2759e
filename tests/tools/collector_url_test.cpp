#include "tools/httpprof/collector_url.h"

#include <string>

#include <gtest/gtest.h>

namespace httpprof::cli {
namespace {

// "host|port|path", "https" before it where it is that; empty for no URL.
std::string parsed(const std::string& text) {
    const auto url = parse_collector_url(text);
    if (!url) return {};
    return (url->is_https ? "https " : "") + url->host + '|' + std::to_string(url->port) + '|' +
           url->path;
}

TEST(CollectorUrlTest, HasTheDefaultsOfItsScheme) {
    EXPECT_EQ(parsed("http://collector"), "collector|80|/v1/traces");
    EXPECT_EQ(parsed("https://collector"), "https collector|443|/v1/traces");
    EXPECT_EQ(parsed("http://127.0.0.1:4318"), "127.0.0.1|4318|/v1/traces");
}

TEST(CollectorUrlTest, IsABaseOrWhole) {
    EXPECT_EQ(parsed("http://h/"), "h|80|/v1/traces");
    EXPECT_EQ(parsed("http://h:1/otlp/"), "h|1|/otlp/v1/traces");
    EXPECT_EQ(parsed("http://h/otlp/v1/traces"), "h|80|/otlp/v1/traces");
}

TEST(CollectorUrlTest, MayNameAnIpv6Address) {
    EXPECT_EQ(parsed("http://[fd00::1]:4318/x"), "fd00::1|4318|/x/v1/traces");
    EXPECT_EQ(parsed("http://[::1]"), "::1|80|/v1/traces");
}

TEST(CollectorUrlTest, IsNothingElse) {
    for (const char* const text :
         {"", "http://", "https://", "h:4318", "ftp://h", "http:///v1", "http://:80",
          "http://h:", "http://h:0", "http://h:65536", "http://h:1x", "http://[::1",
          "http://[::1]x", "http://[]", "http://me:secret@h", "http://h?a", "http://h/#a",
          "http://h/ ", "http://h/\n"}) {
        EXPECT_EQ(parsed(text), "") << text;
    }
}

}  // namespace
}  // namespace httpprof::cli
