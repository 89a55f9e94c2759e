// Strings as JSON writes them (RFC 8259, 7), fast: the event writer spends most of its time here.
#pragma once

#include <string>
#include <string_view>

namespace httpprof::replay {

// Appends `utf8`, which must be UTF-8, escaped as nlohmann/json would; the first without the quotes
// around it.
void append_json_characters(std::string& text, std::string_view utf8);
void append_json_string(std::string& text, std::string_view utf8);

}  // namespace httpprof::replay
