// Text as it stands in URLs and forms (RFC 3986, 2.1).
#pragma once

#include <string>
#include <string_view>

namespace httpprof::format {

// Whether it begins with %XX.
bool begins_percent_encoded(std::string_view text);

// Whether each % in it begins such a thing.
bool is_percent_encoded(std::string_view text);

// With the bytes that %XX stands for; what is no such thing stays as it is.
std::string percent_decoded(std::string_view text);

}  // namespace httpprof::format
