#include "format/digest.h"

#include <string_view>

#include <sodium.h>

namespace httpprof::format {

Digest digest_of(std::span<const std::byte> bytes) {
    // Not initialize_sodium(): the implementation that it chooses, with AVX2, is slower than the
    // plain one that is there without it (tools/bench/README.md), which needs nothing else of the
    // library.
    Digest digest;
    crypto_generichash(digest.data(), digest.size(),
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr,
                       0);
    return digest;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 0xF];
    }
    return text;
}

}  // namespace httpprof::format
