// zstd as frames use it: one zstd frame, with its content size and without a checksum of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "format/result.h"

namespace httpprof::format {

class Compressor {
  public:
    explicit Compressor(int level);
    ~Compressor();

    // The most bytes that `size` bytes can become.
    static std::size_t bound(std::size_t size);

    // Returns the bytes written to the front of `to`, which must have room for bound(from.size()).
    Result<std::size_t> compress(std::span<const std::byte> from, std::span<std::byte> to);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

class Decompressor {
  public:
    Decompressor();
    Decompressor(Decompressor&&) noexcept;
    ~Decompressor();

    // Fails unless `from` is exactly one zstd frame that says it holds, and does hold, as many
    // bytes as `to`.
    Result<void> decompress(std::span<const std::byte> from, std::span<std::byte> to);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace httpprof::format
