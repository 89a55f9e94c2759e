// The bytes of one frame: header, compressed payload and digest in one piece of memory.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "format/compression.h"
#include "format/frame_header.h"
#include "format/result.h"

namespace httpprof::format {

class FrameEncoder {
  public:
    explicit FrameEncoder(int zstd_level) : compressor_(zstd_level) {}

    // Fills in the sizes of `header`. Fails when `raw` is over the limit of a frame.
    Result<void> encode(FrameHeader header, std::span<const std::byte> raw);

    // Of the last frame, until the next.
    std::span<const std::byte> bytes() const { return std::span(bytes_).first(size_); }
    const Digest& digest() const { return digest_; }

  private:
    Compressor compressor_;
    std::vector<std::byte> bytes_;  // reused; longer than the frame
    std::size_t size_ = 0;
    Digest digest_{};
};

}  // namespace httpprof::format
