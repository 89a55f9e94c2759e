#include "replay/emit/text.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using namespace std::string_literals;

TEST(TextTest, Utf8) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("plain\0text"s));
    EXPECT_TRUE(is_utf8("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF"));
    EXPECT_FALSE(is_utf8("\x80"));
    EXPECT_FALSE(is_utf8("\xC3"));
    EXPECT_FALSE(is_utf8("\xC3("));
    EXPECT_FALSE(is_utf8("\xC1\x81"));          // overlong
    EXPECT_FALSE(is_utf8("\xE0\x9F\xBF"));      // overlong
    EXPECT_FALSE(is_utf8("\xED\xA0\x80"));      // surrogate
    EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
    EXPECT_FALSE(is_utf8("\xF0\x9F\x98"));
    EXPECT_FALSE(is_utf8("\xF0\x9F\x98("));
    EXPECT_FALSE(is_utf8("\xFF"));
}

TEST(TextTest, Utf8AnywhereInALongText) {
    for (std::size_t size : {1U, 7U, 8U, 33U, 100U}) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'a');
            text[at] = '\xFF';
            EXPECT_FALSE(is_utf8(text)) << at << " of " << size;
            text.replace(at, 1, "\xE2\x82\xAC");
            EXPECT_TRUE(is_utf8(text)) << at << " of " << size;
            text.erase(at + 2, 1);
            EXPECT_FALSE(is_utf8(text)) << at << " of " << size;
        }
    }
}

TEST(TextTest, CutTextPartsNoCharacter) {
    EXPECT_EQ(cut_text("abc", 3), "abc");
    EXPECT_EQ(cut_text("abc", 2), "ab");
    EXPECT_EQ(cut_text("abc", 0), "");
    EXPECT_EQ(cut_text("a\xC3\xA9", 2), "a");
    EXPECT_EQ(cut_text("\xF0\x9F\x98\x80x", 3), "");
    EXPECT_EQ(cut_text("\xF0\x9F\x98\x80x", 4), "\xF0\x9F\x98\x80");
}

// As those of a body behind its header section.
TEST(TextTest, CutTextCutsBytesThatAreNoUtf8WhereItIsTold) {
    EXPECT_EQ(cut_text("\r\n\x80\x80", 2), "\r\n");
    EXPECT_EQ(cut_text("\r\n\x80\x80", 3), "\r\n\x80");
    EXPECT_EQ(cut_text("\r\n\xE9\x80x", 3), "\r\n\xE9");
}

TEST(TextTest, ExcerptSaysWhereItWasCut) {
    EXPECT_EQ(excerpt("abcdef", 0, 6), "abcdef");
    EXPECT_EQ(excerpt("abcdef", 0, 2), "ab…");
    EXPECT_EQ(excerpt("abcdef", 2, 2), "…cd…");
    EXPECT_EQ(excerpt("abcdef", 4, 2), "…ef");
    EXPECT_EQ(excerpt("aéb", 2, 2), "…é…");  // within the second character
    EXPECT_EQ(excerpt("aéb", 1, 1), "……");
}

TEST(TextTest, AsUtf8TakesOtherBytesAsLatin1) {
    EXPECT_EQ(as_utf8("caf\xC3\xA9"), "caf\xC3\xA9");
    EXPECT_EQ(as_utf8("caf\xE9\x80"), "caf\xC3\xA9\xC2\x80");
}

TEST(TextTest, PrintableHasNothingThatATerminalActsOn) {
    EXPECT_EQ(printable("caf\xC3\xA9 \xE2\x82\xAC \"\\"), "caf\xC3\xA9 \xE2\x82\xAC \"\\");
    EXPECT_EQ(printable("\x1B[0m\n\0\x7F"s), R"(\x1b[0m\x0a\x00\x7f)");
    EXPECT_EQ(printable("\x9B \xC2\x9B"), R"(\x9b \xc2\x9b)");  // CSI, alone and in UTF-8
}

TEST(TextTest, PrintableIsUtf8) {
    EXPECT_EQ(printable("\xFF\xFE"), R"(\xff\xfe)");
    EXPECT_EQ(printable("a\xC3"), R"(a\xc3)");
    EXPECT_EQ(printable("\xE2\x82z\xA9"), R"(\xe2\x82z\xa9)");
    EXPECT_EQ(printable("\xC0\xAF\xED\xA0\x80"), R"(\xc0\xaf\xed\xa0\x80)");
}

TEST(TextTest, PrintableDoesNotTurnItsDirection) {
    EXPECT_EQ(printable("\u061C\u200E\u200F"), R"(\u{061c}\u{200e}\u{200f})");
    EXPECT_EQ(printable("\u202A\u202B\u202C\u202D\u202Egnp.exe"),
              R"(\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}gnp.exe)");
    EXPECT_EQ(printable("\u2066\u2067\u2068\u2069"), R"(\u{2066}\u{2067}\u{2068}\u{2069})");
    const std::string others = "\u061B\u200D\u2029\u202F\u2065\u206A";
    EXPECT_EQ(printable(others), others);
}

TEST(TextTest, PrintableJsonMeansTheSame) {
    EXPECT_EQ(printable_json("{\"a\":\"\x7F\xC2\x9B\u202Egnp.exe\u061C\u20AC\"}\n"),
              "{\"a\":\"\\u007f\\u009b\\u202egnp.exe\\u061c\u20AC\"}\n");
}

TEST(TextTest, WithoutControlsTextMayTurn) {
    EXPECT_EQ(without_controls("\x1B\xC2\x9B\x7F\xFF"), R"(\x1b\xc2\x9b\x7f\xff)");
    EXPECT_EQ(without_controls("caf\u00E9 \u202Egnp.exe"), "caf\u00E9 \u202Egnp.exe");
}

TEST(TextTest, Rfc3339) {
    EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
    EXPECT_EQ(rfc3339(1'712'600'650'123'456'789), "2024-04-08T18:24:10.123456789Z");
    EXPECT_EQ(rfc3339(951'782'400'000'000'001), "2000-02-29T00:00:00.000000001Z");
    EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999999Z");
    EXPECT_EQ(rfc3339(std::numeric_limits<std::int64_t>::min()), "1677-09-21T00:12:43.145224192Z");
    EXPECT_EQ(rfc3339(std::numeric_limits<std::int64_t>::max()), "2262-04-11T23:47:16.854775807Z");
}

TEST(TextTest, CommandLine) {
    EXPECT_EQ(command_line("curl\0-s\0http://h/\0"s), "curl -s http://h/");
    EXPECT_EQ(command_line("a\0\0b\0"s), "a  b");
    EXPECT_EQ(command_line("nginx: worker\0\0\0\0"s), "nginx: worker");
    EXPECT_EQ(command_line("title"), "title");
    EXPECT_EQ(command_line("\0\0"s), "");
}

}  // namespace
}  // namespace httpprof::replay
