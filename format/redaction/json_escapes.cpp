#include "format/redaction/json_escapes.h"

#include <algorithm>
#include <charconv>

#include "format/characters.h"

namespace httpprof::format {
namespace {

void append_utf8(std::string& text, unsigned character) {
    const auto append = [&](unsigned byte) { text += static_cast<char>(byte); };
    if (character < 0x80) return append(character);
    if (character < 0x800) {
        append(0xC0 | character >> 6);
    } else {
        append(0xE0 | character >> 12);
        append(0x80 | (character >> 6 & 0x3F));
    }
    append(0x80 | (character & 0x3F));
}

}  // namespace

std::optional<unsigned> escaped_character(std::string_view text) {
    constexpr std::size_t kSize = 5;
    const std::string_view digits =
        text.substr(0, kSize).substr(std::min<std::size_t>(1, text.size()));
    if (!text.starts_with('u') || digits.size() + 1 < kSize) return {};
    if (!std::ranges::all_of(digits, [](char c) { return is_hexadecimal(c); })) return {};
    unsigned character = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), character, 16);
    const bool is_surrogate = character >= 0xD800 && character < 0xE000;
    return is_surrogate ? std::nullopt : std::optional(character);
}

std::string json_unescaped(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t plain = std::min(text.find('\\'), text.size());
        result += text.substr(0, plain);
        text.remove_prefix(plain);
        const std::size_t backslashes = std::min(text.find_first_not_of('\\'), text.size());
        const auto character = escaped_character(text.substr(backslashes));
        if (character) {
            append_utf8(result, *character);
        } else {
            result += text.substr(0, backslashes);
        }
        text.remove_prefix(backslashes + (character ? 5 : 0));
    }
    return result;
}

}  // namespace httpprof::format
