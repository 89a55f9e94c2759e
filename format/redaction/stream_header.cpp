#include <cstdint>
#include <utility>

#include "format/redaction/stream_piece.h"
#include "format/redaction/words_of_http.h"

namespace httpprof::format {
namespace {

// Whether what follows the value of an attribute may be another cookie: `step`.
constexpr std::uint8_t kNoComma = 0;
constexpr std::uint8_t kComma = 1;

}  // namespace

std::size_t StreamPiece::line_lead(std::size_t at) {
    while (at < end_ && is_blank(bytes_[at]))
        ++at;
    if (at == end_) return at;
    if (bytes_[at] == '\n') return end_line(at);
    if (bytes_[at] == '\r') return at + 1;
    state_.mode = state_.resumed;
    return state_.mode == Mode::line ? at + scheme_size(text(at, end_)) : at;
}

std::size_t StreamPiece::line(std::size_t at) {
    const std::size_t end = end_of_line(at);
    if (state_.kind == Redacted::uncertain) {
        const std::size_t start = at + find_message_start(text(at, end));
        if (start < end) return end_doubt(at, start);
        blank_alike(at, end);
        if (end == end_) state_.expect_message(Mode::line);
    } else {
        blank(at, end);
    }
    return end == end_ ? end : end_line(end);
}

// At what begins a message, directly behind a body as it seems.
std::size_t StreamPiece::end_doubt(std::size_t at, std::size_t start) {
    blank_alike(at, start);
    state_.expect_request();
    return start;
}

// At a line feed.
std::size_t StreamPiece::end_line(std::size_t at) {
    if (state_.mode != Mode::line_lead) state_.resumed = state_.mode;
    state_.mode = Mode::fold;
    return at + 1;
}

// RFC 9112, 5.2: a line that begins with white space continues the one before.
std::size_t StreamPiece::fold(std::size_t at) {
    const bool is_continued = is_blank(bytes_[at]) && std::exchange(state_.may_be_continued, true);
    state_.mode = is_continued ? state_.resumed : Mode::open;
    return is_continued ? at + 1 : at;
}

// Goes to the next name of a cookie or attribute; false where the bytes or the line end before.
bool StreamPiece::find_name(std::size_t& at) {
    constexpr CharacterSet kBetween("; \t\r");
    while (at < end_ && kBetween.has(bytes_[at]))
        ++at;
    if (at == end_) return false;
    if (bytes_[at] == '\n') {
        at = end_line(at);
        return false;
    }
    state_.is_counted = false;
    return true;
}

std::size_t StreamPiece::cookie_name(std::size_t at) {
    constexpr CharacterSet kEnd("=;\n");
    if (!find_name(at)) return at;
    const std::size_t end = find(kEnd, at);
    if (end < end_ && bytes_[end] == '=') {
        state_.mode = Mode::cookie_value;
        return end + 1;
    }
    blank(at, end);  // no name as it seems, or only a part of one
    return end;
}

std::size_t StreamPiece::cookie_value(std::size_t at) {
    constexpr CharacterSet kEnd(";\n");
    const std::size_t end = find(kEnd, at);
    blank(at, end);
    if (end == end_) return end;
    if (bytes_[end] == '\n') return end_line(end);
    state_.mode = state_.is_set_cookie ? Mode::attribute_name : Mode::cookie_name;
    return end + 1;
}

std::size_t StreamPiece::attribute_name(std::size_t at) {
    constexpr CharacterSet kEnd("=;\r\n");
    if (!find_name(at)) return at;
    const std::size_t end = find(kEnd, at);
    const bool is_known = end < end_ && is_cookie_attribute(text(at, end));
    state_.mode = is_known ? Mode::attribute : Mode::cookie_value;
    state_.step = kNoComma;
    return is_known ? end : at;
}

// Careless writers join several cookies with commas, which also are in dates.
std::size_t StreamPiece::attribute(std::size_t at) {
    constexpr CharacterSet kTellingInAttribute(";,=\n");
    const std::size_t end = find(kTellingInAttribute, at);
    if (end == end_) return end;
    if (bytes_[end] == '\n') return end_line(end);
    if (bytes_[end] == ';') state_.mode = Mode::attribute_name;
    if (bytes_[end] == ',') state_.step = kComma;
    if (bytes_[end] == '=' && state_.step == kComma) state_.mode = Mode::cookie_value;
    return end + 1;
}

}  // namespace httpprof::format
