#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "format/redaction/json_escapes.h"
#include "format/redaction/stream_piece.h"

namespace httpprof::format {
namespace {

constexpr CharacterSet kControl = CharacterSet::controls_and("");
constexpr CharacterSet kJsonNumber("0123456789+-.eE");
constexpr CharacterSet kJsonWord("0123456789+-.aeflnrstuE");  // also true, false and null
constexpr CharacterSet kEscapedSpace("nrt");
constexpr std::uint8_t kDeepest = 255;

}  // namespace

std::size_t StreamPiece::json_lead(std::size_t at) {
    const char c = bytes_[at];
    if (is_blank(c) || c == '\n') return at + 1;
    if (c == '\r') return leave_body_value(at);
    if (c == '\\') {
        state_.backslashes = std::min<std::uint8_t>(state_.backslashes + 1U, kDeepestEscape);
        state_.step = 0;
        return at + 1;
    }
    if (c == '"') return begin_string(at, false);
    if (c == '\'' && state_.array_depth == 0) return begin_in_single_quotes(at);
    if (is_in_encoded_quote(c))
        return state_.step == kEncodedQuote.size() ? begin_string(at, true) : at + 1;
    if (std::exchange(state_.backslashes, std::uint8_t{0}) > 0 && kEscapedSpace.has(c))
        return at + 1;
    if (c == '[' && state_.array_depth < kDeepest) {
        ++state_.array_depth;
        state_.mode = Mode::json_array;
        return at + 1;
    }
    if (c == '{' && state_.array_depth > 0) return json_object(at);
    const bool is_secret = state_.may_be_number && (is_digit(c) || c == '-');
    state_.mode = is_secret ? Mode::json_number : Mode::open;
    return at;
}

// At its last byte.
std::size_t StreamPiece::begin_string(std::size_t at, bool has_encoded_quotes) {
    state_.has_encoded_quotes = has_encoded_quotes;
    state_.escape = escape_of(state_.backslashes);
    state_.backslashes = 0;
    state_.step = 0;
    state_.mode = Mode::json_string;
    return at + 1;
}

std::size_t StreamPiece::begin_in_single_quotes(std::size_t at) {
    state_.mode = Mode::parameter;
    state_.quote = '\'';
    state_.escape = escape_of(state_.backslashes);
    state_.backslashes = 0;
    state_.step = 0;
    state_.around = Around::text;
    state_.is_in_encoded_url = false;
    return at + 1;
}

// Behind backslashes, whose number tells what it ends.
bool StreamPiece::is_in_encoded_quote(char c) {
    const bool is_next = state_.backslashes > 0 && c == kEncodedQuote[state_.step];
    state_.step = is_next ? static_cast<std::uint8_t>(state_.step + 1) : std::uint8_t{0};
    return is_next;
}

std::size_t StreamPiece::json_string(std::size_t at) {
    for (std::size_t i = at; i < end_; ++i) {
        const char c = bytes_[i];
        const bool is_in_quote = state_.has_encoded_quotes && is_in_encoded_quote(c);
        const bool is_quote = c == '"' || (is_in_quote && state_.step == kEncodedQuote.size());
        const bool is_end = is_quote && ends_string(state_.backslashes, state_.escape);
        if (is_end || kControl.has(c)) {
            blank(at, i);
            return is_end ? end_string(i) : leave_body_value(i);
        }
        if (is_quote) state_.step = 0;
        if (is_quote || !is_in_quote)
            state_.backslashes =
                static_cast<std::uint8_t>(c == '\\' ? (state_.backslashes + 1) % kBackslashes : 0);
        if (!is_in_quote && (c != '\\' || state_.escape == 0)) continue;
        blank(at, i);
        at = i + 1;
    }
    blank(at, end_);
    return end_;
}

std::size_t StreamPiece::end_string(std::size_t at) {
    state_.backslashes = 0;
    state_.mode = state_.array_depth > 0 ? Mode::json_array : Mode::open;
    return at + 1;
}

std::size_t StreamPiece::json_array(std::size_t at) {
    const char c = bytes_[at];
    if (c == ',') {
        state_.is_counted = false;
        return at + 1;
    }
    if (c == ']') {
        if (--state_.array_depth == 0) state_.mode = Mode::open;
        return at + 1;
    }
    const std::size_t next = json_lead(at);
    if (state_.mode != Mode::open || !kJsonWord.has(c)) return next;
    state_.mode = Mode::json_array;
    return at + 1;
}

// Its fields are judged by their own names, and the array is gone on with behind it, unless it is
// within too many others.
std::size_t StreamPiece::json_object(std::size_t at) {
    if (state_.outer_count == state_.outers.size()) {
        state_.outer().nested += state_.array_depth + 1U;
    } else {
        ++state_.outer_count;
        state_.outer() = {.depth = state_.array_depth,
                          .escape = state_.escape,
                          .may_be_number = state_.may_be_number,
                          .nested = 1};
    }
    state_.mode = Mode::open;
    return at + 1;
}

// Within such an object, up to the end of which brackets are counted.
std::size_t StreamPiece::nested(std::size_t at) {
    StreamState::OuterArray& outer = state_.outer();
    const char c = bytes_[at];
    if (kTelling.has(c)) return tell(at);
    if (c == '"' && is_quote(at)) outer.in_string = !outer.in_string;
    if (outer.in_string) return at + 1;
    if (c == '{' || c == '[') ++outer.nested;
    if (c == '}' || c == ']') --outer.nested;
    if (outer.nested == 0) leave_object();
    return at + 1;
}

bool StreamPiece::is_quote(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    LookBack before = preceding.look_back();
    int backslashes = 0;
    while (before.peek() == '\\') {
        before.previous();
        ++backslashes;
    }
    return ends_string(backslashes, state_.outer().escape);
}

void StreamPiece::leave_object() {
    begin(Mode::json_array, Redacted::field);
    state_.array_depth = state_.outer().depth;
    state_.escape = state_.outer().escape;
    state_.may_be_number = state_.outer().may_be_number;
    state_.backslashes = 0;
    --state_.outer_count;
}

std::size_t StreamPiece::json_number(std::size_t at) {
    std::size_t end = at;
    while (end < end_ && kJsonNumber.has(bytes_[end]))
        ++end;
    blank(at, end);
    if (end == end_) return end;
    if (state_.array_depth == 0) return leave_body_value(end);
    state_.mode = Mode::json_array;
    return end;
}

}  // namespace httpprof::format
