// The fixed header in front of each frame's payload.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "format/digest.h"
#include "format/result.h"

namespace httpprof::format {

inline constexpr std::size_t kFrameHeaderSize = 88;
inline constexpr std::size_t kSyncWordSize = 4;  // that it begins with
inline constexpr std::uint8_t kCodecZstd = 1;
inline constexpr std::uint8_t kCodecEncrypted = 2;  // zstd, then ChaCha20-Poly1305
inline constexpr std::uint16_t kFlagMustUnderstand = 1;

// A payload is at most this long before compression, so that a reader knows what it may need.
inline constexpr std::uint32_t kMaxRawSize = 16 * 1024 * 1024;
// The most that zstd makes of kMaxRawSize bytes.
inline constexpr std::uint32_t kMaxCompressedSize = kMaxRawSize + kMaxRawSize / 256;
// What encryption adds to a payload.
inline constexpr std::uint32_t kEncryptionOverhead = 16;
inline constexpr std::uint32_t kMaxStoredSize = kMaxCompressedSize + kEncryptionOverhead;
// Of one Records frame.
inline constexpr std::uint32_t kMaxRecordCount = 262'144;

struct FrameHeader {
    std::uint8_t type = 0;  // a FrameType, or one that is not known yet
    std::uint8_t codec = kCodecZstd;
    std::uint16_t flags = 0;
    std::uint32_t stored_size = 0;  // bytes of the payload in the file
    std::uint32_t raw_size = 0;     // bytes of the payload after decompression
    std::uint64_t number = 0;
    std::uint32_t record_count = 0;
    std::uint32_t tag = 0;            // random per file since version 1.1; 0 before
    std::uint64_t first_time_ns = 0;  // CLOCK_BOOTTIME
    std::uint64_t last_time_ns = 0;   // CLOCK_BOOTTIME
    Digest previous{};
};

// Bytes of a whole frame in the file: the header, the payload and the digest.
constexpr std::size_t frame_size(std::size_t stored_size) {
    return kFrameHeaderSize + stored_size + kDigestSize;
}

std::array<std::byte, kFrameHeaderSize> encode_frame_header(const FrameHeader& header);

// Where the first sync word in `bytes` stands; bytes.size() when there is none.
std::size_t find_sync_word(std::span<const std::byte> bytes);

// Fails when the bytes are not a frame header or differ from what was written. Whether the values
// make sense is for the caller to judge.
Result<FrameHeader> decode_frame_header(std::span<const std::byte, kFrameHeaderSize> bytes);

}  // namespace httpprof::format
