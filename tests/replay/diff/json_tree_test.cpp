#include "replay/diff/json_tree.h"

#include <string>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

std::string round_trip(const std::string& text) {
    const auto tree = parse_json(text);
    return tree ? to_json(*tree) : "not JSON";
}

TEST(JsonTreeTest, ScalarsStayAsTheyWereWritten) {
    for (const char* text : {"null", "true", "false", "0", "-0", "-1", "18446744073709551615",
                             "-9223372036854775808", "1.0", "1e5", "123456789012345678901234567890",
                             R"("a\nb\u0001\"")", "\"caf\xC3\xA9\"", "[]", "{}"}) {
        EXPECT_EQ(round_trip(text), text);
    }
}

TEST(JsonTreeTest, OrderOfNamesAndWhiteSpaceDoNotMatter) {
    EXPECT_EQ(round_trip(" { \"b\" : [ 1 , {\"z\":2,\"y\":3} ] ,\n\"a\" : null } "),
              R"({"a":null,"b":[1,{"y":3,"z":2}]})");
    EXPECT_EQ(parse_json(R"({"a":1,"b":2})"), parse_json(R"({"b":2,"a":1})"));
    EXPECT_NE(parse_json("[1,2]"), parse_json("[2,1]"));
}

TEST(JsonTreeTest, NumbersAreNotTakenForOthers) {
    EXPECT_NE(parse_json("12345678901234567890123"), parse_json("12345678901234567890124"));
    EXPECT_NE(parse_json("0.10000000000000000001"), parse_json("0.1"));
    EXPECT_NE(parse_json("1"), parse_json("\"1\""));
    EXPECT_NE(parse_json("-0"), parse_json("0"));
}

TEST(JsonTreeTest, WhatIsNoJson) {
    for (const char* text : {"", " ", "{", "[1", "nul", "{\"a\":1}x", "'a'", "\"\xFF\"", "01",
                             "{\"a\":1,}", "[1] [2]"}) {
        EXPECT_FALSE(parse_json(text)) << text;
    }
}

TEST(JsonTreeTest, NoNameMayBeThereTwice) {
    EXPECT_FALSE(parse_json(R"({"a":1,"a":1})"));
    EXPECT_FALSE(parse_json(R"({"a":1,"b":2,"a":3})"));
    EXPECT_FALSE(parse_json(R"([{"x":{"a":1,"a":2}}])"));
}

TEST(JsonTreeTest, DepthIsBounded) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_EQ(round_trip(nested(200)), nested(200));
    EXPECT_FALSE(parse_json(nested(201)));
    EXPECT_FALSE(parse_json(nested(1'000'000)));
    EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(JsonTreeTest, TheNumberOfValuesIsBounded) {
    std::string array = "[1";
    for (int i = 0; i < 999'998; ++i)
        array += ",1";
    EXPECT_TRUE(parse_json(array + "]"));
    EXPECT_FALSE(parse_json(array + ",1]"));
}

TEST(JsonTreeTest, Elements) {
    auto tree = *parse_json(R"({"b":"x","d":4})");
    tree.insert("c", JsonTree::text("new"));
    tree.insert("a", JsonTree::text("first"));
    tree.erase("d");
    tree.erase("none");
    EXPECT_EQ(to_json(tree), R"({"a":"first","b":"x","c":"new"})");
    EXPECT_EQ(tree.scalar_of("b", JsonTree::Kind::text), "x");
    EXPECT_EQ(tree.scalar_of("b", JsonTree::Kind::number), std::nullopt);
    EXPECT_EQ(tree.scalar_of("d", JsonTree::Kind::number), std::nullopt);
    EXPECT_EQ(tree.find("d"), nullptr);
    EXPECT_EQ(parse_json("[1]")->find("a"), nullptr);
}

}  // namespace
}  // namespace httpprof::replay
