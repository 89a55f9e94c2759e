#include "replay/protocol/http1_lines.h"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

// The same, one byte after the other.
LineIndex indexed_by_bytes(std::string_view bytes) {
    LineIndex index;
    for (std::size_t i = 0; i < bytes.size() && !index.complete; ++i) {
        const char c = bytes[i];
        const bool begins_line_end = c == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n';
        const bool is_control = (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
        if (is_control && c != '\n' && !begins_line_end) index.control = std::min(index.control, i);
        if (c != '\n') continue;
        const bool is_crlf = i > index.size && bytes[i - 1] == '\r';
        if (!is_crlf) index.bare_lf = std::min(index.bare_lf, i);
        const std::size_t end = is_crlf ? i - 1 : i;
        index.complete = end == index.size;
        if (!index.complete) {
            index.lines.push_back(
                {static_cast<std::uint32_t>(index.size), static_cast<std::uint32_t>(end)});
        }
        index.size = i + 1;
    }
    if (index.control >= index.size) index.control = bytes.npos;
    return index;
}

void expect_the_same(std::string_view bytes) {
    SCOPED_TRACE(testing::PrintToString(bytes));
    const LineIndex expected = indexed_by_bytes(bytes);
    LineIndex index;
    index_lines(bytes, index);
    EXPECT_EQ(index.complete, expected.complete);
    EXPECT_EQ(index.size, expected.size);
    EXPECT_EQ(index.bare_lf, expected.bare_lf);
    EXPECT_EQ(index.control, expected.control);
    ASSERT_EQ(index.lines.size(), expected.lines.size());
    for (std::size_t i = 0; i < index.lines.size(); ++i) {
        EXPECT_EQ(index.lines[i].begin, expected.lines[i].begin);
        EXPECT_EQ(index.lines[i].end, expected.lines[i].end);
    }
}

// Also where the blocks that are looked at together meet.
TEST(Http1Lines, LineEndsAndControlCharactersAtEachPlace) {
    for (const std::string_view odd :
         {"\r\n", "\n", "\r", "\r\r\n", "\n\r\n", "\r\n\r\n", "\x01"}) {
        for (std::size_t at = 0; at < 140; ++at) {
            std::string bytes(140, 'a');
            bytes.replace(at, odd.size(), odd);
            expect_the_same(bytes);
            expect_the_same(bytes + "\r\n\r\nb\x02");
            expect_the_same(bytes.substr(0, at + odd.size()));
        }
    }
}

TEST(Http1Lines, AnyMixOfThem) {
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes(random() % 200, 'a');
        const unsigned odd = random() % 8 + 1;
        for (char& c : bytes) {
            if (random() % 16 < odd) c = "\r\n\r\n\t\x7f\x1f\x80"[random() % 8];
        }
        expect_the_same(bytes);
    }
}

}  // namespace
}  // namespace httpprof::replay
