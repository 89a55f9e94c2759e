#include "replay/emit/columns.h"

#include <string>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

TEST(ColumnsTest, WideCharactersTakeTwo) {
    EXPECT_EQ(columns(""), 0u);
    EXPECT_EQ(columns("aé…"), 3u);
    EXPECT_EQ(columns("漢字"), 4u);
    EXPECT_EQ(columns("ｱ한😀"), 5u);
}

TEST(ColumnsTest, WhatActsOnATerminalOrHidesIsShownAsText) {
    EXPECT_EQ(terminal_text("a\x1b[2J\r\n\x7f"), "a\\x1b[2J\\x0d\\x0a\\x7f");
    EXPECT_EQ(terminal_text("\xC2\x9B"), "\\xc2\\x9b");
    EXPECT_EQ(terminal_text("x\u202Egnp.exe"), "x\\u{202e}gnp.exe");
    EXPECT_EQ(terminal_text("a\u200Bb\U000E0041"), "a\\u{200b}b\\u{e0041}");
    EXPECT_EQ(terminal_text("caf\xE9"), "café");
    EXPECT_EQ(terminal_text("漢字"), "漢字");
}

TEST(ColumnsTest, CutsBetweenCharacters) {
    EXPECT_EQ(fitted("abc", 3), "abc");
    EXPECT_EQ(fitted("abcd", 3), "ab…");
    EXPECT_EQ(fitted("漢字", 4), "漢字");
    EXPECT_EQ(fitted("漢字x", 4), "漢…");
    EXPECT_EQ(fitted("ab漢字", 4), "ab…");
    EXPECT_EQ(padded("漢字x", 4), "漢… ");
    EXPECT_EQ(padded("é", 3), "é  ");
}

}  // namespace
}  // namespace httpprof::replay
