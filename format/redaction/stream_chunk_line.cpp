#include <cstdint>

#include "format/redaction/stream_piece.h"

namespace httpprof::format {

// At a byte that does not belong to the value.
std::size_t StreamPiece::leave_body_value(std::size_t at) {
    if (bytes_[at] == '\r' && !state_.knows_body()) {
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
        state_.mode = may_have_white_space(state_.resumed) ? state_.resumed : Mode::open;
        return at;
    }
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
            return is_hexadecimal(c) || c == '\r';
        default:
            return c == '\n';
    }
}

}  // namespace httpprof::format
