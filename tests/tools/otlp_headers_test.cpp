#include "tools/httpprof/otlp_headers.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// "name: value|..." or what is wrong.
std::string listed(std::string_view text) {
    const auto fields = parse_header_list(text);
    if (!fields) return "wrong: " + fields.error().message;
    std::string all;
    for (const HeaderField& field : *fields)
        all += (all.empty() ? "" : "|") + field.name + ": " + field.value;
    return all;
}

std::string header(std::string_view text) {
    const auto field = parse_header(text);
    return field ? field->name + ": " + field->value : "wrong: " + field.error().message;
}

TEST(OtlpHeadersTest, AListHasCommas) {
    EXPECT_EQ(listed("api-key=a,X-Other=b=c"), "api-key: a|X-Other: b=c");
    EXPECT_EQ(listed(""), "");
    EXPECT_EQ(listed(" , a=1,, b=2,"), "a: 1|b: 2");
    EXPECT_EQ(listed("a="), "a: ");
}

TEST(OtlpHeadersTest, SpaceAroundNamesAndValuesDoesNotCount) {
    EXPECT_EQ(listed(" a\t= b ,\tc =d\t"), "a: b|c: d");
    EXPECT_EQ(listed("Authorization=Basic abc"), "Authorization: Basic abc");
}

TEST(OtlpHeadersTest, ValuesOfAListArePercentEncoded) {
    EXPECT_EQ(listed("Authorization=Basic%20YTpi%2c%3D,%41=%25"),
              "Authorization: Basic YTpi,=|%41: %");
    for (const char* const text : {"a=%", "a=%2", "a=%zz", "a=b%"})
        EXPECT_THAT(listed(text), HasSubstr("wrong: the value of a is not percent-encoded"));
}

TEST(OtlpHeadersTest, ListsThatAreMalformed) {
    EXPECT_THAT(listed("a=1,secret"), HasSubstr("wrong: name each header field like NAME=VALUE"));
    for (const char* const text : {"=1", " =1", "a b=1", "a:=1", "(a)=1", "\xC3\xA9=1"})
        EXPECT_THAT(listed(text), HasSubstr("cannot be the name of a header field")) << text;
    EXPECT_THAT(listed("a=1;secret=2"), HasSubstr("wrong: the value of a has a property"));
    for (const char* const text : {"a=1%0d%0asecret:2", "a=1%00", "a=1\nsecret"})
        EXPECT_THAT(listed(text), HasSubstr("wrong: the value of a has a control character"));
    EXPECT_THAT(listed("secret"), Not(HasSubstr("secret")));
}

TEST(OtlpHeadersTest, AHeaderIsTakenAsItIs) {
    EXPECT_EQ(header("X-Key=a,b=c;d%20 e"), "X-Key: a,b=c;d%20 e");
    EXPECT_EQ(header("a="), "a: ");
    EXPECT_EQ(header("a=\xC3\xA9"), "a: \xC3\xA9");
}

TEST(OtlpHeadersTest, HeadersThatAreNone) {
    EXPECT_EQ(header("secret"), "wrong: name it like NAME=VALUE");
    for (const char* const text : {"=1", " a=1", "a =1", "a:=1", "a\r\nb=1", "\xC3\xA9=1"})
        EXPECT_THAT(header(text), HasSubstr("cannot be the name of a header field")) << text;
    for (const char* const text : {"a=b\r\nc: d", "a=b\n", "a=\x7f", "a=\t"})
        EXPECT_EQ(header(text), "wrong: the value of a has a control character") << text;
}

}  // namespace
}  // namespace httpprof::cli
