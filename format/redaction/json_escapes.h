// Names as they stand in JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace httpprof::format {

// A quote behind a backslash.
inline constexpr std::string_view kEncodedQuote = "u0022";

// That the text begins with behind a backslash: of "u0061". Nothing for surrogates.
std::optional<unsigned> escaped_character(std::string_view text);

// With the characters that \uXXXX stands for, but for surrogates; in JSON within JSON the backslash
// is escaped itself. All else stays as it is.
std::string json_unescaped(std::string_view text);

}  // namespace httpprof::format
