#include "replay/coding/brotli_decoder.h"

#include <algorithm>
#include <new>

#include <brotli/decode.h>

namespace httpprof::replay {
namespace {

// The library holds output back until it lacks input, and drops it when it meets damage: given
// little at a time, it drops little, but is slow.
constexpr std::size_t kLeastInput = 256;
constexpr std::size_t kShareOfInput = 16;

class BrotliDecoder : public MemberDecoder {
  public:
    std::size_t start_size() const override { return 0; }
    bool can_start_with(std::string_view) const override { return true; }
    bool repeats() const override { return false; }

    void begin(std::string_view) override {
        state_.reset(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
        if (!state_) throw std::bad_alloc();
        total_read_ = 0;
    }

    Step decode(std::string_view input, std::span<char> room) override {
        std::size_t left = input.size();
        std::size_t space = room.size();
        auto* from = reinterpret_cast<const std::uint8_t*>(input.data());
        auto* to = reinterpret_cast<std::uint8_t*>(room.data());
        State state = State::inside;
        do {
            std::size_t slice = std::min(left, std::max(kLeastInput, total_read_ / kShareOfInput));
            const std::size_t before = slice;
            state = to_state(
                BrotliDecoderDecompressStream(state_.get(), &slice, &from, &space, &to, nullptr));
            left -= before - slice;
            total_read_ += before - slice;
        } while (state == State::inside && left > 0 && space > 0);
        return {input.size() - left, room.size() - space, state};
    }

  private:
    struct Free {
        void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
    };

    State to_state(BrotliDecoderResult result) const {
        switch (result) {
            case BROTLI_DECODER_RESULT_SUCCESS:
                return State::ended;
            case BROTLI_DECODER_RESULT_ERROR:
                break;
            default:
                return State::inside;
        }
        const auto error = BrotliDecoderGetErrorCode(state_.get());
        const bool no_memory = error <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
                               error >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
        if (no_memory) throw std::bad_alloc();
        return State::damaged;
    }

    std::unique_ptr<BrotliDecoderState, Free> state_;
    std::size_t total_read_ = 0;
};

}  // namespace

std::unique_ptr<MemberDecoder> make_brotli_decoder() {
    return std::make_unique<BrotliDecoder>();
}

}  // namespace httpprof::replay
