#include "replay/filter/request_target.h"

#include <optional>
#include <string_view>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

void expect_parts(const RequestTarget& parts, std::string_view host, std::string_view path,
                  std::optional<std::string_view> query) {
    EXPECT_EQ(parts.host, host);
    EXPECT_EQ(parts.path, path);
    EXPECT_EQ(parts.query, query);
}

TEST(RequestTargetTest, OriginForm) {
    expect_parts(split_target("GET", "/a/b?c=d?e", "Shop.example:8080"), "shop.example", "/a/b",
                 "c=d?e");
    expect_parts(split_target("GET", "/", ""), "", "/", std::nullopt);
    expect_parts(split_target("GET", "/?", "h"), "h", "/", "");
    expect_parts(split_target("GET", "/go?to=http://x/y", "h"), "h", "/go", "to=http://x/y");
    expect_parts(split_target("GET", "/%41", "[2001:DB8::1]:80"), "2001:db8::1", "/%41",
                 std::nullopt);
}

TEST(RequestTargetTest, AbsoluteForm) {
    expect_parts(split_target("GET", "http://A.example:81/x?y", "other"), "a.example", "/x", "y");
    expect_parts(split_target("GET", "http://a", "other"), "a", "", std::nullopt);
    expect_parts(split_target("GET", "http://a?q", "other"), "a", "", "q");
    expect_parts(split_target("GET", "http://user:pw@[::1]:81/x", "other"), "::1", "/x",
                 std::nullopt);
}

TEST(RequestTargetTest, AuthorityAndAsteriskForm) {
    expect_parts(split_target("CONNECT", "Proxy.example:443", "other"), "proxy.example", "",
                 std::nullopt);
    expect_parts(split_target("OPTIONS", "*", "h"), "h", "*", std::nullopt);
}

TEST(RequestTargetTest, AuthorityIsWithPortAndWithoutUser) {
    EXPECT_EQ(split_target("GET", "/", "Shop.example:8080").authority, "Shop.example:8080");
    EXPECT_EQ(split_target("GET", "http://user:pw@[::1]:81/x@y", "other").authority, "[::1]:81");
    EXPECT_EQ(split_target("CONNECT", "proxy:443", "other").authority, "proxy:443");
}

TEST(RequestTargetTest, WhatIsNoTarget) {
    expect_parts(split_target("", "", ""), "", "", std::nullopt);
    expect_parts(split_target("GET", "://", "["), "", "", std::nullopt);
    expect_parts(split_target("GET", "a", "@"), "", "a", std::nullopt);
    expect_parts(split_target("CONNECT", "", "h"), "", "", std::nullopt);
}

}  // namespace
}  // namespace httpprof::replay
