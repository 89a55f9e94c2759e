// The bytes of one frame: header, compressed and perhaps encrypted payload, and digest, in one
// piece of memory.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "format/compression.h"
#include "format/encryption.h"
#include "format/frame_header.h"
#include "format/result.h"

namespace httpprof::format {

class FrameEncoder {
  public:
    // With a key, frames of the types that an encrypted capture encrypts are.
    FrameEncoder(int zstd_level, std::optional<FileKey> key)
        : compressor_(zstd_level), key_(std::move(key)) {}

    // Fills in codec and sizes of `header`. Fails when `raw` is over the limit of a frame.
    Result<void> encode(FrameHeader header, std::span<const std::byte> raw);

    // Of the last frame, until the next.
    std::span<const std::byte> bytes() const { return std::span(bytes_).first(size_); }
    const Digest& digest() const { return digest_; }

  private:
    Compressor compressor_;
    std::optional<FileKey> key_;
    std::vector<std::byte> bytes_;  // reused; longer than the frame
    std::size_t size_ = 0;
    Digest digest_{};
};

}  // namespace httpprof::format
