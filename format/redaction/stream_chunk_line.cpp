#include <algorithm>
#include <cstdint>

#include "format/redaction/stream_piece.h"

namespace httpprof::format {
namespace {

constexpr std::uint8_t kMostDigits = 16;

}  // namespace

// At a byte that does not belong to the value.
std::size_t StreamPiece::leave_body_value(std::size_t at) {
    if (bytes_[at] == '\r' && state_.may_be_in_chunks()) {
        state_.expect_chunk_line(StreamState::kEndOfChunk);
    } else if (bytes_[at] != '\r' || !may_have_white_space(state_.mode)) {
        state_.mode = Mode::open;
    } else {
        return at + 1;
    }
    return at;
}

bool StreamPiece::may_have_white_space(Mode value) {
    return value == Mode::json_lead || value == Mode::json_array;
}

std::size_t StreamPiece::chunk_line(std::size_t at) {
    const char c = bytes_[at];
    if (!is_next_in_chunk_line(c)) {
        // White space before a value; or the end of one that cannot have it.
        state_.mode = may_have_white_space(state_.resumed) ? state_.resumed : Mode::open;
        return at - std::min<std::size_t>(at, state_.digit_count);
    }
    state_.digit_count = is_hexadecimal(c) ? static_cast<std::uint8_t>(state_.digit_count + 1) : 0;
    if (state_.step == StreamState::kSizeOfChunk) state_.is_last_chunk = true;
    if (is_hexadecimal(c) && c != '0') state_.is_last_chunk = false;
    if (state_.step == 4) {
        state_.mode = state_.is_last_chunk ? Mode::open : state_.resumed;
    } else if (state_.step != 3 || c == '\r') {
        ++state_.step;
    }
    return at + 1;
}

// Where it is not known whether a body is in chunks, a value can go on behind CR LF, a size in
// hexadecimal, CR LF.
bool StreamPiece::is_next_in_chunk_line(char c) const {
    switch (state_.step) {
        case 0:
            return c == '\r';
        case 2:
            return is_hexadecimal(c);
        case 3:
            return (is_hexadecimal(c) && state_.digit_count < kMostDigits) || c == '\r';
        default:
            return c == '\n';
    }
}

}  // namespace httpprof::format
