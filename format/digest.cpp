#include "format/digest.h"

#include <sodium.h>

namespace httpprof::format {

Digest digest_of(std::span<const std::byte> bytes) {
    // Lets libsodium choose its fastest implementation for this processor; the result is the same.
    static const int initialized = sodium_init();
    static_cast<void>(initialized);
    Digest digest;
    crypto_generichash(digest.data(), digest.size(),
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr,
                       0);
    return digest;
}

std::string to_hex(const Digest& digest) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * digest.size());
    for (const std::uint8_t byte : digest) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 0xF];
    }
    return text;
}

}  // namespace httpprof::format
