// CRC32C, the checksum of a frame header: the Castagnoli polynomial of RFC 3720, 12.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace httpprof::format {

std::uint32_t crc32c(std::span<const std::byte> bytes);

}  // namespace httpprof::format
