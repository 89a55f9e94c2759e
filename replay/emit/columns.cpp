#include "replay/emit/columns.h"

#include <algorithm>
#include <utility>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

struct CodePoints {
    char32_t first;
    char32_t last;
};

// Of Unicode's General_Category Cf (format), and the line and paragraph separators: what has no
// shape of its own, bidirectional controls among it.
constexpr CodePoints kInvisible[] = {
    {0x00AD, 0x00AD}, {0x0600, 0x0605},   {0x061C, 0x061C},   {0x06DD, 0x06DD},   {0x070F, 0x070F},
    {0x180E, 0x180E}, {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},   {0xFEFF, 0xFEFF},
    {0xFFF9, 0xFFFB}, {0x1D173, 0x1D17A}, {0xE0000, 0xE007F}, {0xE0100, 0xE01EF},
};

// East_Asian_Width W and F, in blocks where not every code point is assigned.
constexpr CodePoints kWide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26A1, 0x26A1},   {0x26BD, 0x26BE},
    {0x2705, 0x2705},   {0x2728, 0x2728},   {0x274C, 0x274C},   {0x2753, 0x2757},
    {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0xA4CF},
    {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},
    {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18DFF},
    {0x1AFF0, 0x1B2FF}, {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F19A},
    {0x1F200, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F90C, 0x1F9FF},
    {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
};

template <std::size_t kSize>
bool is_in(const CodePoints (&ranges)[kSize], char32_t point) {
    return std::ranges::any_of(ranges, [point](const CodePoints& range) {
        return point >= range.first && point <= range.last;
    });
}

std::size_t columns_of(char32_t point) {
    return is_in(kWide, point) ? 2 : 1;
}

}  // namespace

std::string terminal_text(std::string_view bytes) {
    const std::string text = without_controls(as_utf8(bytes));
    std::string shown;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view before = rest;
        const char32_t point = take_code_point(rest);
        if (is_in(kInvisible, point)) {
            append_code_point_number(shown, point);
        } else {
            shown += before.substr(0, before.size() - rest.size());
        }
    }
    return shown;
}

std::size_t columns(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty())
        count += columns_of(take_code_point(text));
    return count;
}

std::string fitted(std::string text, std::size_t width) {
    std::string_view rest = text;
    std::size_t fitting = 0;  // bytes that leave a column for the ellipsis
    for (std::size_t count = 0; !rest.empty();) {
        count += columns_of(take_code_point(rest));
        if (count < width) fitting = text.size() - rest.size();
        if (count > width) {
            text.resize(fitting);
            return text + "…";
        }
    }
    return text;
}

std::string padded(std::string text, std::size_t width) {
    text = fitted(std::move(text), width);
    text.append(width - std::min(width, columns(text)), ' ');
    return text;
}

}  // namespace httpprof::replay
