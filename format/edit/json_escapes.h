// Names as they stand in JSON.
#pragma once

#include <string>
#include <string_view>

namespace httpprof::format {

// With the characters that \uXXXX stands for, but for surrogates; in JSON within JSON the backslash
// is escaped itself. All else stays as it is.
std::string json_unescaped(std::string_view text);

}  // namespace httpprof::format
