#include "replay/emit/request_uri.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

const format::Endpoint kServer{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 2}, 8080};
const format::Endpoint kIpv6Server{{0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 80};

std::string uri_of(std::string_view method, std::string_view target, std::string_view host_field,
                   const format::Endpoint& server = kServer) {
    return to_text(request_uri(method, target, host_field), server);
}

TEST(RequestUriTest, HasTheAuthorityOfTheRequest) {
    EXPECT_EQ(uri_of("GET", "/a?b", "shop:81"), "http://shop:81/a?b");
    EXPECT_EQ(uri_of("GET", "/", "[::1]:81"), "http://[::1]:81/");
    EXPECT_EQ(uri_of("GET", "/", ""), "http://10.0.0.2:8080/");
    EXPECT_EQ(uri_of("GET", "/", "", kIpv6Server), "http://[fd00::1]:80/");
    EXPECT_EQ(uri_of("OPTIONS", "*", "shop"), "http://shop");
    EXPECT_EQ(uri_of("CONNECT", "far:443", "near"), "http://far:443");
    EXPECT_EQ(uri_of("OPTIONS", "*?", "shop"), "http://shop/*?");
    EXPECT_EQ(uri_of("", "", ""), "http://10.0.0.2:8080/");
}

// RFC 3986, 3.2.3 and 6.2.3: it may have no digits, and is left out then.
TEST(RequestUriTest, AnEmptyPortIsNone) {
    EXPECT_EQ(uri_of("GET", "/a", "shop:"), "http://shop/a");
    EXPECT_EQ(uri_of("GET", "/a", "[::1]:"), "http://[::1]/a");
    EXPECT_EQ(uri_of("GET", "https://shop:/a", ""), "https://shop/a");
    EXPECT_EQ(port_of(request_uri("GET", "/", "shop:")), 80);
    EXPECT_EQ(uri_of("GET", "/a", ":"), "http://10.0.0.2:8080/a");
    EXPECT_EQ(uri_of("GET", "/a", "shop::"), "http://10.0.0.2:8080/a");
}

// RFC 9112, 3.3.
TEST(RequestUriTest, IsATargetInAbsoluteForm) {
    EXPECT_EQ(uri_of("GET", "HTTPS://other?q", "shop"), "https://other/?q");
    EXPECT_EQ(uri_of("GET", "http://Other:81/a", "shop"), "http://Other:81/a");
    EXPECT_EQ(uri_of("GET", "http:///a", "shop"), "http://10.0.0.2:8080/a");
    for (const char* uri : {"ftp://other/a", "ws://other/a", "wss://other/a"})
        EXPECT_EQ(uri_of("GET", uri, "shop"), uri);
    EXPECT_EQ(uri_of("GET", "https://", "shop"), "https://10.0.0.2:8080/");
    EXPECT_EQ(uri_of("GET", "http", "shop"), "http://shop/http");
    EXPECT_EQ(uri_of("GET", "://a", "shop"), "http://shop/://a");
}

// RFC 9110, 4.2.4 and 7.2.
TEST(RequestUriTest, OnlyATargetInAbsoluteFormHasUserInformationWhichIsLeftOut) {
    EXPECT_EQ(uri_of("GET", "http://me:secret@Shop:81/a@b", "shop:81"), "http://Shop:81/a@b");
    EXPECT_EQ(uri_of("GET", "http://me@/a", "shop"), "http://10.0.0.2:8080/a");
    EXPECT_EQ(uri_of("GET", "/", "me:secret@shop"), "http://10.0.0.2:8080/");
    EXPECT_EQ(uri_of("CONNECT", "me:secret@shop:443", "shop"), "http://10.0.0.2:8080");
}

TEST(RequestUriTest, AnEmptyQueryIsOne) {
    EXPECT_EQ(uri_of("GET", "/?", "h"), "http://h/?");
    EXPECT_EQ(uri_of("GET", "http://a?", "h"), "http://a/?");
    EXPECT_FALSE(request_uri("GET", "/", "h").query);
    EXPECT_FALSE(request_uri("CONNECT", "a:1?", "h").query);
}

TEST(RequestUriTest, IsAUriWhateverWasSent) {
    EXPECT_EQ(uri_of("GET", "/a b\"<>\\^`{|}[]\x01\xFF%zz%41%4?c#d[", "h"),
              "http://h/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D%01%FF%25zz%41%254?c%23d%5B");
    for (const char* host : {"a b", "a@b", "a:x", "a:65536", ":80", "[zz]", "[::1", "[::1]x", "a<b",
                             "1.2.3", "1.2.3.256", "\xFF", "a/b", "a:1:2"})
        EXPECT_EQ(uri_of("GET", "/", host), "http://10.0.0.2:8080/") << host;
}

TEST(RequestUriTest, IsNoneThatABrowserRuns) {
    EXPECT_EQ(uri_of("GET", "javascript:alert(1)", "h"), "http://h/javascript:alert(1)");
    EXPECT_EQ(uri_of("GET", "javascript://h/%0Aalert(1)", "h"),
              "http://h/javascript://h/%0Aalert(1)");
}

TEST(RequestUriTest, PortIsThatOfTheSchemeWhereNoneIsTold) {
    EXPECT_EQ(port_of(request_uri("GET", "/", "h:81")), 81);
    EXPECT_EQ(port_of(request_uri("GET", "/", "h")), 80);
    EXPECT_EQ(port_of(request_uri("GET", "/", "[::1]")), 80);
    EXPECT_EQ(port_of(request_uri("GET", "/", "[::1]:81")), 81);
    EXPECT_EQ(port_of(request_uri("GET", "wss://h", "")), 443);
    EXPECT_EQ(port_of(request_uri("GET", "ftp://h", "")), 21);
}

}  // namespace
}  // namespace httpprof::replay
