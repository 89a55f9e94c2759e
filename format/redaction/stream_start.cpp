#include <cstdint>
#include <utility>

#include "format/redaction/stream_piece.h"
#include "format/redaction/words_of_http.h"

namespace httpprof::format {
namespace {

// What a request line has so far: `step`. Behind the second, as much of "http" as there is.
constexpr std::uint8_t kMethod = 1;
constexpr std::uint8_t kTarget = 2;

}  // namespace

// At the first byte of a piece.
std::size_t StreamPiece::doubtful() {
    state_.expect_request();
    if (is_rest_of_head(text(0, end_), state_.is_after_gap)) begin(Mode::line, Redacted::uncertain);
    return 0;
}

std::size_t StreamPiece::message_start(std::size_t at) {
    state_.start[state_.start_size++] = bytes_[at];
    switch (match_message_start({state_.start.data(), state_.start_size})) {
        case StartMatch::whole:
            state_.mode = Mode::request;
            state_.step = kTarget;
            return at + 1;
        case StartMatch::begun:
            return at + 1;
        case StartMatch::none:
            break;
    }
    state_.mode = state_.resumed;
    return at;
}

std::size_t StreamPiece::request(std::size_t at) {
    const char c = bytes_[at];
    if (is_next_in_request(c)) return at + 1;
    state_.mode = Mode::open;
    return at;
}

// A target in the form of a path, or of a URL for a proxy (RFC 9112, 3.2).
bool StreamPiece::is_next_in_request(char c) {
    constexpr std::string_view kScheme = "http";
    std::uint8_t& step = state_.step;
    if (step == kTarget && is_blank(c)) return true;
    if (step < kTarget) {
        if (is_blank(c)) return std::exchange(step, kTarget) == kMethod;
        step = kMethod;
        return c == '-' || c == '_' || is_digit(c) || (is_letter(c) && c != to_lower(c));
    }
    const bool is_path = step == kTarget && c == '/';
    if (!is_path && to_lower(c) != kScheme[step - kTarget]) return false;
    ++step;
    state_.is_in_target = is_path || step == kTarget + kScheme.size();
    return !state_.is_in_target;
}

}  // namespace httpprof::format
