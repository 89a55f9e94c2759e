#include <cstdint>

#include "format/redaction/stream_piece.h"
#include "format/redaction/words_of_http.h"

namespace httpprof::format {
namespace {

// What a line of the head of a part has so far: `step`.
constexpr std::uint8_t kNoBytes = 0;
constexpr std::uint8_t kCarriageReturn = 1;
constexpr std::uint8_t kOtherBytes = 2;

}  // namespace

bool StreamPiece::begin_disposition(std::string_view header) {
    if (!state_.knows_body() || state_.boundary_size == 0) return false;
    if (!equals_ignoring_case(header, "content-disposition")) return false;
    state_.disposition = {.is_open = true};
    state_.is_part_new = false;
    return true;
}

std::size_t StreamPiece::disposition(std::size_t at) {
    const char c = bytes_[at];
    if (state_.disposition.is_line_over && !is_blank(c)) {
        state_.disposition = {};
        return at;
    }
    state_.disposition.pass(c);
    if (!kTelling.has(c) || c == '\\') return at + 1;
    if (c != '=' || !is_name_next(at)) return tell(at);
    state_.mode = Mode::part_name_lead;
    return at + 1;
}

bool StreamPiece::is_name_next(std::size_t at) const {
    const PrecedingBytes preceding(state_, bytes_, at);
    return state_.disposition.is_outside() && is_before_part_name(preceding.look_back());
}

std::size_t StreamPiece::part_name_lead(std::size_t at) {
    if (is_blank(bytes_[at])) return at + 1;
    state_.mode = Mode::part_name;
    state_.quote = bytes_[at] == '"' ? '"' : '\0';
    return state_.quote != 0 ? at + 1 : at;
}

std::size_t StreamPiece::part_name(std::size_t at) {
    const std::size_t end = end_of_part_name(at);
    if (end == end_) return end;
    const PrecedingBytes preceding(state_, bytes_, end);
    const LookBack before = preceding.look_back();
    const NameBefore name =
        state_.quote != 0 ? part_name_in_quotes(before) : part_name_without_quotes(before);
    const bool is_secret = is_secret_parameter(name);
    begin(is_secret ? Mode::part_head : Mode::open, Redacted::parameter);
    state_.step = kOtherBytes;
    state_.disposition = {.is_open = !is_secret};
    return state_.quote != 0 && bytes_[end] == '"' ? end + 1 : end;
}

std::size_t StreamPiece::end_of_part_name(std::size_t at) const {
    constexpr CharacterSet kEnd = CharacterSet::controls_and("\"");
    constexpr CharacterSet kEndOfToken = CharacterSet::controls_and("\"; ");
    if (state_.quote == 0) return find(kEndOfToken, at);
    for (std::size_t end = find(kEnd, at);; end = find(kEnd, end + 1)) {
        if (end == end_ || bytes_[end] != '"') return end;
        const PrecedingBytes preceding(state_, bytes_, end);
        if (preceding.look_back().peek() != '\\') return end;
    }
}

std::size_t StreamPiece::part_head(std::size_t at) {
    const char c = bytes_[at];
    if (c != '\n') {
        state_.step = c == '\r' && state_.step == kNoBytes ? kCarriageReturn : kOtherBytes;
        return at + 1;
    }
    if (state_.step != kOtherBytes) state_.mode = Mode::part_line;
    state_.step = kNoBytes;
    return at + 1;
}

// What the beginning of a line has in common with the boundary is no secret.
std::size_t StreamPiece::part_line(std::size_t at) {
    if (bytes_[at] != state_.boundary[state_.step]) {
        state_.mode = Mode::part_value;
        return at;
    }
    if (++state_.step == state_.boundary_size) state_.mode = Mode::open;
    return at + 1;
}

std::size_t StreamPiece::part_value(std::size_t at) {
    const std::size_t end = end_of_line(at);
    blank(at, end);
    if (end == end_) return end;
    state_.mode = Mode::part_line;
    state_.step = 0;
    return end + 1;
}

}  // namespace httpprof::format
