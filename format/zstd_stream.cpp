#include "format/zstd_stream.h"

#include <algorithm>
#include <new>

#include <zstd.h>
#include <zstd_errors.h>

namespace httpprof::format {
namespace {

// How much to give zstd that hints at `hint` bytes: a header or a block. Given more, it may decode
// a whole frame at once, without regard to its window; and what it decodes in the call that meets
// damage is lost. So the header of the next block, in the hint with all but the last, comes alone.
std::size_t input_for(std::size_t hint) {
    constexpr std::size_t kBlockHeader = 3;
    return hint > kBlockHeader ? hint - kBlockHeader : std::max<std::size_t>(hint, 1);
}

ZstdStream::State state_of_error(std::size_t result) {
    switch (ZSTD_getErrorCode(result)) {
        case ZSTD_error_memory_allocation:
            throw std::bad_alloc();
        case ZSTD_error_frameParameter_windowTooLarge:
            return ZstdStream::State::window_too_large;
        default:
            return ZstdStream::State::damaged;
    }
}

}  // namespace

struct ZstdStream::Context {
    struct Free {
        void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    };
    std::unique_ptr<ZSTD_DCtx, Free> zstd{ZSTD_createDCtx()};
    // What zstd wants next: a header, or a block with the header of the next. Given more, it may
    // decode a whole frame at once, without regard to its window, and give nothing of a damaged
    // one.
    std::size_t wanted = 1;
};

ZstdStream::ZstdStream(int window_log) : context_(std::make_unique<Context>()) {
    if (!context_->zstd) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_->zstd.get(), ZSTD_d_windowLogMax, window_log);
}

ZstdStream::~ZstdStream() = default;

ZstdStream::Step ZstdStream::decode(std::span<const std::byte> from, std::span<std::byte> to) {
    Step step;
    while (true) {
        const std::size_t size = std::min(context_->wanted, from.size() - step.read);
        ZSTD_inBuffer input{from.data() + step.read, size, 0};
        ZSTD_outBuffer output{to.data(), to.size(), step.written};
        const std::size_t result = ZSTD_decompressStream(context_->zstd.get(), &output, &input);
        if (ZSTD_isError(result) != 0) {
            step.state = state_of_error(result);
            return step;
        }
        step.read += input.pos;
        step.written = output.pos;
        context_->wanted = input_for(result);
        if (result == 0) {
            step.state = State::ended;
            return step;
        }
        if (step.read == from.size() || step.written == to.size()) return step;
    }
}

}  // namespace httpprof::format
