#include "format/percent_encoding.h"

#include <string>

#include <gtest/gtest.h>

namespace httpprof::format {
namespace {

using namespace std::string_literals;

TEST(PercentEncodingTest, WhatBeginsEncoded) {
    for (const char* text : {"%00", "%aF", "%41b"})
        EXPECT_TRUE(begins_percent_encoded(text)) << text;
    for (const char* text : {"", "%", "%4", "%4g", "%g4", "a%41"})
        EXPECT_FALSE(begins_percent_encoded(text)) << text;
}

TEST(PercentEncodingTest, TextWithoutBrokenPercentSigns) {
    for (const char* text : {"", "a", "%41", "a%41%42b"})
        EXPECT_TRUE(is_percent_encoded(text)) << text;
    for (const char* text : {"%", "a%", "%41%", "%%41", "%4", "%41%4x"})
        EXPECT_FALSE(is_percent_encoded(text)) << text;
}

TEST(PercentEncodingTest, DecodesWhatIsEncoded) {
    EXPECT_EQ(percent_decoded("a%20b%00%fF"), "a b\0\xFF"s);
    EXPECT_EQ(percent_decoded("%2541"), "%41");  // once
    EXPECT_EQ(percent_decoded("100%, %4, %%41+"), "100%, %4, %A+");
}

}  // namespace
}  // namespace httpprof::format
