#include <algorithm>
#include <cstdint>
#include <utility>

#include "format/redaction/names_before.h"
#include "format/redaction/stream_piece.h"

namespace httpprof::format {
namespace {

constexpr CharacterSet kSpaceBetweenTags(" \t\r\n");

// What the text of an element has so far: `step`. What is marked ("<!", a comment or a CDATA
// section) goes on to two hyphens or square brackets and an angle bracket.
constexpr std::uint8_t kText = 0;
constexpr std::uint8_t kBracket = 1;
constexpr std::uint8_t kMarked = 2;
constexpr std::uint8_t kEndOfMarked = 4;

}  // namespace

// Only in a body, or a part of one, that begins with markup: in others "<token>" may stand for what
// is to be put there.
void StreamPiece::tag_begin(std::size_t at) {
    if (!state_.is_markup && state_.may_begin_markup) {
        const PrecedingBytes preceding(state_, bytes_, at);
        state_.is_markup = is_at_first_byte(preceding.look_back());
    }
    if (state_.is_markup) state_.mode = Mode::tag_name;
}

std::size_t StreamPiece::tag_name(std::size_t at) {
    constexpr CharacterSet kBehindName(" \t\r\n>");
    while (at < end_ && kTagName.has(bytes_[at]))
        ++at;
    if (at == end_) return at;
    state_.mode = Mode::open;
    const PrecedingBytes preceding(state_, bytes_, at);
    const std::string_view name = format::tag_name(preceding.look_back());
    state_.is_in_secret_tag = kBehindName.has(bytes_[at]) && names_.is_parameter(name);
    return at;
}

void StreamPiece::tag_end(std::size_t at) {
    if (!std::exchange(state_.is_in_secret_tag, false)) return;
    const PrecedingBytes preceding(state_, bytes_, at);
    if (preceding.look_back().peek() != '/') begin(Mode::element_lead, Redacted::field);
}

std::size_t StreamPiece::element_lead(std::size_t at) {
    while (at < end_ && kSpaceBetweenTags.has(bytes_[at]))
        ++at;
    if (at == end_) return at;
    state_.mode = Mode::element;
    state_.step = kText;
    return at;
}

// Elements in it are judged by their own names.
std::size_t StreamPiece::element(std::size_t at) {
    for (std::size_t i = at; i < end_; ++i) {
        const bool is_behind_bracket = state_.step == kBracket;
        if (is_end_of_element(bytes_[i])) {
            blank(at, i);
            state_.mode = Mode::tag_name;
            return i;
        }
        if (state_.step != kBracket && !is_behind_bracket) continue;
        blank(at, i);
        at = i + 1;
    }
    blank(at, end_);
    return end_;
}

// Behind an angle bracket.
bool StreamPiece::is_end_of_element(char c) {
    std::uint8_t& step = state_.step;
    if (step == kBracket && c != '!') return true;
    if (step == kText) {
        if (c == '<') step = kBracket;
    } else if (step == kBracket) {
        step = kMarked;
    } else if (c == ']' || c == '-') {
        step = std::min<std::uint8_t>(step + 1U, kEndOfMarked);
    } else {
        step = step == kEndOfMarked && c == '>' ? kText : kMarked;
    }
    return false;
}

}  // namespace httpprof::format
