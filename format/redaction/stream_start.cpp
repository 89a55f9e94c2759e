#include <algorithm>
#include <cstdint>
#include <utility>

#include "format/characters.h"
#include "format/redaction/stream_piece.h"
#include "format/redaction/stream_redactor.h"
#include "format/redaction/words_of_http.h"

namespace httpprof::format {
namespace {

// What a request line has so far: `step`. Behind the second, as much of "http" as there is.
constexpr std::uint8_t kMethod = 1;
constexpr std::uint8_t kTarget = 2;

}  // namespace

// At the first byte of a piece.
std::size_t StreamPiece::doubtful() {
    const std::string_view bytes = text(0, end_);
    state_.expect_request();
    if (state_.is_after_gap) {
        if (is_rest_of_head(bytes, true)) begin(Mode::line, Redacted::uncertain);
        return 0;
    }
    if (begins_with_header(bytes)) state_.begin_head();
    if (begins_something(bytes)) return 0;
    if (is_rest_of_head(bytes, false)) return rest_of_line();
    const bool is_behind_chunk_line = begins_with_chunk_line(bytes);
    if (!is_behind_chunk_line && !is_rest_of_value(bytes)) return 0;
    begin(Mode::rest, Redacted::uncertain);
    if (is_behind_chunk_line) state_.expect_chunk_line(StreamState::kSizeOfChunk);
    return 0;
}

std::size_t StreamPiece::rest_of_line() {
    begin(Mode::line, Redacted::uncertain);
    state_.begin_head();
    const std::size_t end = end_of_line(0);
    const std::size_t start = find_message_start(text(0, end));
    blank_alike(0, start);
    if (start == end) return end_line(end);
    state_.expect_request();
    return start;
}

// Of a value in a body: a quote or the end of the line ends it.
std::size_t StreamPiece::rest(std::size_t at) {
    const std::size_t line_end = end_of_line(at);
    const std::size_t start = at + find_message_start(text(at, line_end));
    std::size_t end = at;
    while (end < start && bytes_[end] != '\r' && !is_end_of_string(at, end))
        ++end;
    blank_alike(at, end);
    if (end == end_) {
        state_.expect_message(Mode::rest);
        return end;
    }
    if (end < start || end == line_end) return leave_body_value(end);
    state_.expect_request();
    return end;
}

bool StreamPiece::is_end_of_string(std::size_t from, std::size_t at) const {
    return bytes_[at] == '"' && (at == from || bytes_[at - 1] != '\\');
}

// So that a reader who looks for the start of a message finds what is one, and nothing else: X may
// be in a method.
void StreamPiece::blank_alike(std::size_t from, std::size_t to) {
    constexpr CharacterSet kKept(" \t\r\n");
    for (std::size_t i = from; i < to; ++i) {
        if (kTokenCharacters.has(bytes_[i])) {
            blank(i, i + 1);
        } else if (!kKept.has(bytes_[i]) && bytes_[i] != kNoTokenFiller) {
            blank(i, i + 1);
            bytes_[i] = kNoTokenFiller;
        }
    }
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
    return at - std::min<std::size_t>(at, state_.start_size - 1U);
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
