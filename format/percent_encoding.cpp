#include "format/percent_encoding.h"

#include <charconv>
#include <cstdint>

#include "format/characters.h"

namespace httpprof::format {

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_encoded = text[i] == '%' && i + 2 < text.size() &&
                                is_hexadecimal(text[i + 1]) && is_hexadecimal(text[i + 2]);
        if (!is_encoded) {
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
