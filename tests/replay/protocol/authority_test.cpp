#include "replay/protocol/authority.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kHosts[] = {
    "a",
    "localhost",
    "example.org",
    "example.org.",
    "xn--bcher-kva.example",
    "under_score.example",
    "b%C3%BCcher.example",
    "127.0.0.1",
    "999.1",  // a name, by the grammar
    "a,b",
    "!$&'()*+,;=-._~",
    "[::1]",
    "[::]",
    "[2001:DB8:0:0:8:800:200C:417A]",
    "[2001:db8::8:800:200c:417a]",
    "[1:2:3:4:5:6:7::]",
    "[::ffff:192.0.2.1]",
    "[fe80::1%25eth0]",
    "[fe80::1%25a%2Fb]",
    "[v1.x]",
    "[VaF.a:b,c]",
};

constexpr std::string_view kNoHosts[] = {
    "a b"sv,
    "a/b"sv,
    "a@b"sv,
    "{"sv,
    "<script>"sv,
    "\xff"sv,
    "a\0"sv,
    "b\xc3\xbc"sv,
    "a?"sv,
    "a#"sv,
    R"(a\b)"sv,
    R"("a")"sv,
    "a|b"sv,
    "%"sv,
    "%4"sv,
    "a%4g"sv,
    "[::1"sv,
    "[]"sv,
    "[a]"sv,
    "[1.2.3.4]"sv,
    "::1"sv,
    "[::1]a"sv,
    "[::1::]"sv,
    "[12345::]"sv,
    "[1:2:3:4:5:6:7:8:9]"sv,
    "[1::3:4:5:6:7:8:9]"sv,
    "[::1.2.3]"sv,
    "[::1\0]"sv,
    "[fe80::1%eth0]"sv,
    "[fe80::1%25]"sv,
    "[fe80::1%25a,b]"sv,
    "[v.x]"sv,
    "[v1.]"sv,
    "[v1x]"sv,
    "[vg.x]"sv,
    "[v1.x/y]"sv,
    "]"sv,
    "a]"sv,
};

TEST(Authority, AHostFieldHasAHostAndMayHaveAPort) {
    EXPECT_TRUE(is_host_value(""));
    EXPECT_TRUE(is_host_value(":80"));
    for (const auto host : kHosts) {
        for (const auto* port : {"", ":", ":80", ":0080", ":123456789012345678901234567890"}) {
            EXPECT_TRUE(is_host_value(std::string(host) + port)) << host << port;
        }
        for (const auto* port : {":x", ":80:", "::80", ":+80", ":80 ", ":80/", ":-1"}) {
            EXPECT_FALSE(is_host_value(std::string(host) + port)) << host << port;
        }
    }
    for (const auto host : kNoHosts) {
        EXPECT_FALSE(is_host_value(host)) << host;
        EXPECT_FALSE(is_host_value(std::string(host) + ":80")) << host;
    }
    EXPECT_FALSE(is_host_value("http://a/"));
}

TEST(Authority, TheTargetOfConnectHasAHostAndAPort) {
    for (const auto host : kHosts) {
        for (const auto* port : {":443", ":0443", ":0", ":65535"}) {
            EXPECT_TRUE(is_authority_form(std::string(host) + port)) << host << port;
        }
        for (const auto* port :
             {"", ":", ":x", ":+443", ":-1", ":443?x", ":443/", ":443:", ":65536", ": 443"}) {
            EXPECT_FALSE(is_authority_form(std::string(host) + port)) << host << port;
        }
    }
    for (const auto host : kNoHosts)
        EXPECT_FALSE(is_authority_form(std::string(host) + ":443")) << host;
    for (const auto* target : {"", ":", ":443", "u:p@a:443", "u@a:443", "http://a:443"})
        EXPECT_FALSE(is_authority_form(target)) << target;
}

TEST(Authority, AnAbsoluteFormHasTheAuthorityOfItsScheme) {
    for (const auto host : kHosts) {
        for (const auto* path : {"", "/", "?x", "/@", "#f"}) {
            for (const auto* scheme : {"http://", "HTTPS://", "ws://", "a+1.-://", "ftp://u:p@"}) {
                EXPECT_TRUE(is_absolute_form(scheme + std::string(host) + path)) << scheme << host;
            }
        }
    }
    for (const auto host : kNoHosts) {
        const std::string name(host);
        if (name.find_first_of("/?#@") != name.npos) continue;
        for (const auto* scheme : {"http://", "ws://", "foo://"})
            EXPECT_FALSE(is_absolute_form(scheme + name + "/")) << scheme << name;
    }
    for (const auto* target : {"urn:a", "file:///a", "foo://@a", "foo://%41:@a:1", "a:"})
        EXPECT_TRUE(is_absolute_form(target)) << target;
    for (const auto* target : {"", ":", "a", "1a://b", "a_b://c", "http:a", "http://", "http://u@a",
                               "foo://a|b@c", "foo://a@b@c", "foo://a:b", "foo://%4@c"})
        EXPECT_FALSE(is_absolute_form(target)) << target;
}

TEST(Authority, AHostFieldStandsForThatOfTheTarget) {
    EXPECT_TRUE(is_host_of("B", "http://b/x"));
    EXPECT_TRUE(is_host_of("b:80", "http://b/"));
    EXPECT_TRUE(is_host_of("b", "ws://b:80"));
    EXPECT_TRUE(is_host_of("b:", "wss://u:p@b:443/"));
    EXPECT_TRUE(is_host_of("b:80", "foo://b:80"));
    EXPECT_TRUE(is_host_of("a", "urn:b"));
    EXPECT_TRUE(is_host_of("a", "/http://b/"));
    EXPECT_FALSE(is_host_of("a", "http://b/"));
    EXPECT_FALSE(is_host_of("a", "foo://b"));
    EXPECT_FALSE(is_host_of("b", "foo://b:80"));
    EXPECT_FALSE(is_host_of("b:443", "ws://b"));
    EXPECT_FALSE(is_host_of("a", "http:b"));
}

}  // namespace
}  // namespace httpprof::replay
