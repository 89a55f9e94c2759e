#include <algorithm>
#include <cstdint>

#include "format/redaction/stream_piece.h"

namespace httpprof::format {
namespace {

constexpr std::string_view kEscapedEqualsSign = "\\u003d";

// What an encoded equals sign has so far: `step`.
constexpr std::uint8_t kPercent = 0;
constexpr std::uint8_t kTwo = 1;
constexpr std::uint8_t kThree = 2;

}  // namespace

void StreamPiece::equals_sign(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    equals_sign_behind(preceding.look_back());
}

void StreamPiece::equals_sign_behind(const LookBack& before) {
    if (is_blank(before.peek())) return equals_sign_behind_space(before);
    auto name = parameter_name(before, false);
    if (name && name->is_first && state_.knows_body()) {
        state_.begins_like_form = true;
        name->is_in_query = around() == Around::form;
    }
    if (name && is_secret_parameter(*name)) return begin_parameter(*name);
    if (name && is_value_of_secret(before, name->text())) return begin_parameter(*name);
    if (name && !name->is_at_line_start) return;
    const auto whole = parameter_name(before, true);
    if (whole && is_secret_parameter(*whole)) begin_parameter(*whole);
}

// In files of settings; but for a line of its own only what is in quotes is a secret.
void StreamPiece::equals_sign_behind_space(LookBack before) {
    before.skip_blanks();
    const auto name = parameter_name(before, false);
    if (!name || name->is_cut) return;
    if (!is_secret_parameter(*name) && !is_value_of_secret(before, name->text())) return;
    const bool begins_line = name->is_at_line_start || name->is_indented || name->is_first;
    const bool may_be_setting =
        around() == Around::text || (around() == Around::likely_form && begins_line);
    if (!may_be_setting) return;
    begin_parameter(*name);
    state_.step = begins_line && !state_.is_markup ? StreamState::kInLine : StreamState::kInQuotes;
}

// Of an attribute "value" behind another one that is a secret name, as in forms of HTML.
bool StreamPiece::is_value_of_secret(const LookBack& before, std::string_view name) {
    if (!equals_ignoring_case(name, "value") && !equals_ignoring_case(name, "content"))
        return false;
    std::string_view tag = before.rest();
    tag.remove_prefix(tag.rfind('<') + 1);  // or nothing
    if (tag.find('>') != tag.npos) return false;
    for (auto equals = tag.find('='); equals != tag.npos; equals = tag.find('=')) {
        tag.remove_prefix(equals + 1);
        tag.remove_prefix(std::min(tag.find_first_not_of(" \t\\"), tag.size()));
        const bool is_in_quotes = tag.starts_with('"') || tag.starts_with('\'');
        const auto end = is_in_quotes ? tag.find(tag.front(), 1) : tag.find_first_of(" \t");
        if (end == tag.npos) return false;
        if (names_.is_parameter(tag.substr(0, end))) return true;
        tag.remove_prefix(end);
    }
    return false;
}

// At a percent sign or a backslash. Most are in the text of forms or in JSON within JSON, one after
// the other.
bool StreamPiece::may_be_equals_sign(std::size_t at) const {
    if (bytes_[at] == '\\') {
        if (end_ - at > 1 && bytes_[at + 1] != 'u') return false;
        const std::string_view begun = text(at, std::min(end_, at + kEscapedEqualsSign.size()));
        return equals_ignoring_case(begun, kEscapedEqualsSign.substr(0, begun.size()));
    }
    if (end_ - at < 3) return true;
    const char last = bytes_[at + 2];
    return bytes_[at + 1] == '3' ? to_lower(last) == 'd' : bytes_[at + 1] == '2' && last == '5';
}

void StreamPiece::begin_encoded(Mode mode) {
    state_.mode = mode;
    state_.step = 0;
}

std::size_t StreamPiece::percent(std::size_t at) {
    const char c = bytes_[at];
    if (is_next_in_equals_sign(c)) return at + 1;
    state_.mode = Mode::open;
    if (state_.step != kThree || to_lower(c) != 'd') return at;
    encoded_equals_sign(at);
    return at + 1;
}

// Of "3D"; also of "253D" and so on, which is within a URL within a URL.
bool StreamPiece::is_next_in_equals_sign(char c) {
    if (state_.step == kPercent && (c == '2' || c == '3')) {
        state_.step = c == '2' ? kTwo : kThree;
        return true;
    }
    if (state_.step != kTwo || c != '5') return false;
    state_.step = kPercent;
    return true;
}

void StreamPiece::encoded_equals_sign(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    const auto name = encoded_parameter_name(preceding.look_back());
    if (!name || !is_secret_parameter(*name)) return;
    begin_parameter(*name);
    state_.mode = Mode::parameter;
    state_.is_in_encoded_url = true;
}

std::size_t StreamPiece::escape(std::size_t at) {
    const bool is_next = to_lower(bytes_[at]) == kEscapedEqualsSign[state_.step + 1U];
    if (is_next && ++state_.step + 1U < kEscapedEqualsSign.size()) return at + 1;
    state_.mode = Mode::open;
    if (!is_next) return at;
    escaped_equals_sign(at);
    return at + 1;
}

// At its last byte. In JSON within JSON the backslash is escaped itself.
void StreamPiece::escaped_equals_sign(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    LookBack before = preceding.look_back();
    for (std::size_t size = 1; size < kEscapedEqualsSign.size(); ++size)
        before.previous();
    while (before.peek() == '\\')
        before.previous();
    equals_sign_behind(before);
}

}  // namespace httpprof::format
