// The first 16 bytes of a capture: what it is and who can read it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "format/result.h"

namespace httpprof::format {

inline constexpr std::size_t kPreambleSize = 16;
inline constexpr std::uint16_t kMajorVersion = 1;
inline constexpr std::uint16_t kMinorVersion = 0;

std::array<std::byte, kPreambleSize> encode_preamble();

// `bytes` are the first of the file, up to kPreambleSize; fewer mean that the file is shorter.
// Fails when this is not a capture or this program is too old for it. `name` is for the message.
Result<void> check_preamble(std::span<const std::byte> bytes, const std::string& name);

}  // namespace httpprof::format
