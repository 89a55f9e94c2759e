// The first 16 bytes of a capture: what it is and who can read it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "format/digest.h"
#include "format/result.h"

namespace httpprof::format {

inline constexpr std::size_t kPreambleSize = 16;
inline constexpr std::uint16_t kMajorVersion = 1;
inline constexpr std::uint16_t kMinorVersion = 1;

std::array<std::byte, kPreambleSize> encode_preamble();

// Whether these are the first bytes of a capture of some version.
bool starts_with_magic(std::span<const std::byte> bytes);

// `bytes` are the first of the file, up to kPreambleSize; fewer mean that the file is shorter.
// Fails when this is not a capture or this program is too old for it. `name` is for the message.
Result<void> check_preamble(std::span<const std::byte> bytes, const std::string& name);

// The minor version of the preamble that has this digest. The first frame names it, so a capture
// tells its version even where the preamble is damaged. Nothing when it is of no preamble.
std::optional<std::uint16_t> minor_version_of(const Digest& preamble);

}  // namespace httpprof::format
