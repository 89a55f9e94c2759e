// Strings as JSON writes them (RFC 8259, 7), fast: the event writer spends most of its time here.
#pragma once

#include <string>
#include <string_view>

namespace httpprof::replay {

// Appends `utf8`, which must be UTF-8, in quotes and escaped as nlohmann/json would.
void append_json_string(std::string& text, std::string_view utf8);

}  // namespace httpprof::replay
