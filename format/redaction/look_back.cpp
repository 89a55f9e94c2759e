#include "format/redaction/look_back.h"

#include <algorithm>

namespace httpprof::format {
namespace {

int beyond_tail(StreamState::Before before) {
    switch (before) {
        case StreamState::Before::start_of_line:
            return LookBack::kStartOfLine;
        case StreamState::Before::missing_bytes:
            return LookBack::kMissing;
        case StreamState::Before::more:
            break;
    }
    return LookBack::kTooFar;
}

}  // namespace

bool LookBack::skip_chunk_line() {
    std::size_t place = place_;
    if (at(place) != '\n' || at(place - 1) != '\r') return false;
    place -= 2;
    std::size_t digits = 0;
    while (is_hexadecimal(at(place)) && digits < 8) {
        --place;
        ++digits;
    }
    if (digits == 0 || at(place) != '\n' || at(place - 1) != '\r') return false;
    place -= 2;
    read_ += place_ - place;
    place_ = place;
    return true;
}

PrecedingBytes::PrecedingBytes(const StreamState& state, std::span<const char> piece,
                               std::size_t end) {
    constexpr std::size_t kSize = StreamState::kTailSize;
    if (end >= kSize) {
        bytes_ = {piece.data() + end - kSize, kSize};
        return;
    }
    const std::size_t of_tail = std::min<std::size_t>(state.tail_size, kSize - end);
    const auto tail_end = state.tail.begin() + state.tail_size;
    auto next =
        std::copy(tail_end - static_cast<std::ptrdiff_t>(of_tail), tail_end, joined_.begin());
    std::copy_n(piece.begin(), end, next);
    bytes_ = {joined_.data(), of_tail + end};
    if (of_tail == state.tail_size) beyond_ = beyond_tail(state.before);
}

}  // namespace httpprof::format
