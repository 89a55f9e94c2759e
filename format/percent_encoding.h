// Names as they stand in URLs and forms.
#pragma once

#include <string>
#include <string_view>

namespace httpprof::format {

// With the bytes that %XX stands for; what is no such thing stays as it is.
std::string percent_decoded(std::string_view text);

}  // namespace httpprof::format
