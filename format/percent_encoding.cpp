#include "format/percent_encoding.h"

#include <charconv>
#include <cstdint>

#include "format/characters.h"

namespace httpprof::format {

bool begins_percent_encoded(std::string_view text) {
    return text.size() >= 3 && text[0] == '%' && is_hexadecimal(text[1]) && is_hexadecimal(text[2]);
}

bool is_percent_encoded(std::string_view text) {
    for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 1)) {
        if (!begins_percent_encoded(text.substr(at))) return false;
    }
    return true;
}

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!begins_percent_encoded(text.substr(i))) {
            decoded += text[i];
            continue;
        }
        std::uint8_t byte = 0;
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
        decoded += static_cast<char>(byte);
        i += 2;
    }
    return decoded;
}

}  // namespace httpprof::format
