// Base64: RFC 4648, section 4, with padding.
#pragma once

#include <string>
#include <string_view>

namespace httpprof::replay {

void append_base64(std::string& text, std::string_view bytes);

}  // namespace httpprof::replay
