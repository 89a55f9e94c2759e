#include "format/compression.h"

#include <new>

#include <zstd.h>

#include "format/frame_header.h"

namespace httpprof::format {

static_assert(kMaxCompressedSize == ZSTD_COMPRESSBOUND(kMaxRawSize));

struct Compressor::Context {
    struct Free {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> zstd{ZSTD_createCCtx()};
};

Compressor::Compressor(int level) : context_(std::make_unique<Context>()) {
    if (!context_->zstd) throw std::bad_alloc();
    ZSTD_CCtx* const zstd = context_->zstd.get();
    // zstd takes a level beyond its range as the nearest within, so none of these can fail.
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, level);
    // Level 1 alone looks back 512 KiB; what is said again and again may be larger.
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, 22);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_contentSizeFlag, 1);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 0);
}

Compressor::~Compressor() = default;

std::size_t Compressor::bound(std::size_t size) {
    return ZSTD_compressBound(size);
}

Result<std::size_t> Compressor::compress(std::span<const std::byte> from, std::span<std::byte> to) {
    const std::size_t size =
        ZSTD_compress2(context_->zstd.get(), to.data(), to.size(), from.data(), from.size());
    if (ZSTD_isError(size) != 0)
        return Error{std::string("cannot compress: ") + ZSTD_getErrorName(size)};
    return size;
}

struct Decompressor::Context {
    struct Free {
        void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    };
    std::unique_ptr<ZSTD_DCtx, Free> zstd{ZSTD_createDCtx()};
};

Decompressor::Decompressor() : context_(std::make_unique<Context>()) {
    if (!context_->zstd) throw std::bad_alloc();
}

Decompressor::Decompressor(Decompressor&&) noexcept = default;

Decompressor::~Decompressor() = default;

Result<void> Decompressor::decompress(std::span<const std::byte> from, std::span<std::byte> to) {
    if (ZSTD_getFrameContentSize(from.data(), from.size()) != to.size())
        return Error{"the payload does not decompress to the size that the frame header says"};
    if (ZSTD_findFrameCompressedSize(from.data(), from.size()) != from.size())
        return Error{"the payload is not one zstd frame"};
    const std::size_t size =
        ZSTD_decompressDCtx(context_->zstd.get(), to.data(), to.size(), from.data(), from.size());
    // Not zstd's own words, which may differ from version to version.
    if (ZSTD_isError(size) != 0 || size != to.size())
        return Error{"the payload does not decompress"};
    return {};
}

}  // namespace httpprof::format
