// BLAKE2b-256 (RFC 7693 with a 32-byte result and no key): what chains the frames of a capture.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace httpprof::format {

using Digest = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kDigestSize = sizeof(Digest);

Digest digest_of(std::span<const std::byte> bytes);

// Lower-case hexadecimal.
std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace httpprof::format
