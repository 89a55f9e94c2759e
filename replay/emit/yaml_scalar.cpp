#include "replay/emit/yaml_scalar.h"

#include <string>

#include <yaml-cpp/yaml.h>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

// Code points that never are characters; yaml-cpp replaces them.
bool is_noncharacter(char32_t point) {
    return (point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF);
}

// Beyond ASCII, what YAML 1.1 takes for line breaks or not printable; also DEL.
bool needs_escape(char32_t point) {
    return (point >= 0x7F && point <= 0x9F) || point == 0x2028 || point == 0x2029 ||
           point == 0xFEFF;
}

}  // namespace

void write_yaml_scalar(YAML::Emitter& yaml, std::string_view bytes) {
    bool as_binary = !is_utf8(bytes);
    bool as_escapes = false;
    for (std::string_view rest = as_binary ? "" : bytes; !rest.empty();) {
        const char32_t point = take_code_point(rest);
        as_binary = as_binary || is_noncharacter(point);
        as_escapes = as_escapes || needs_escape(point);
    }
    if (as_binary) {
        yaml << YAML::Binary(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    } else {
        // yaml-cpp leaves line separators alone unless it escapes all that is not ASCII.
        yaml << YAML::DoubleQuoted;
        if (as_escapes) yaml << YAML::EscapeNonAscii;
        yaml << std::string(bytes);
    }
}

}  // namespace httpprof::replay
