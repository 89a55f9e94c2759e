// Names and quotes as they stand in JSON.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace httpprof::format {

// Backslashes before quotes of JSON that is in a string in a string, and so on: one less than a
// power of two. What ends a string shows in their number modulo twice that power.
inline constexpr std::uint8_t kDeepestEscape = 31;
inline constexpr int kBackslashes = 2 * (kDeepestEscape + 1);

// A quote ends a string of JSON if there are as many backslashes before it as before the first one;
// those that are escaped themselves come in twice that number and two.
constexpr bool ends_string(int backslashes, int escape) {
    return backslashes % (2 * (escape + 1)) <= escape;
}

// How many there are at least before the first quote of a string with that many.
constexpr std::uint8_t escape_of(unsigned backslashes) {
    return static_cast<std::uint8_t>(std::bit_ceil(backslashes + 1U) - 1);
}

// A quote behind a backslash.
inline constexpr std::string_view kEncodedQuote = "u0022";

// That the text begins with behind a backslash: of "u0061". Nothing for surrogates.
std::optional<unsigned> escaped_character(std::string_view text);

// With the characters that \uXXXX stands for, but for surrogates; in JSON within JSON the backslash
// is escaped itself. All else stays as it is.
std::string json_unescaped(std::string_view text);

}  // namespace httpprof::format
