#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "format/percent_encoding.h"
#include "format/redaction/json_escapes.h"
#include "format/redaction/stream_piece.h"

namespace httpprof::format {
namespace {

// Not what careless writers leave as it is in a value: a number sign, an apostrophe.
constexpr CharacterSet kEndOfParameter = CharacterSet::controls_and("& \"<>");
constexpr CharacterSet kEndOfTarget("&\n");
constexpr CharacterSet kEndInForm("& \n");  // in what only looks like one
constexpr CharacterSet kEndInQuotes = CharacterSet::controls_and("");

}  // namespace

bool StreamPiece::is_secret_parameter(const NameBefore& found) {
    if (found.is_cut) return true;
    const std::string_view text = found.text();
    if (is_secret_name(text, found.is_in_query)) return true;
    return found.escape_size > 0 &&
           is_secret_name(text.substr(found.escape_size), found.is_in_query);
}

bool StreamPiece::is_secret_name(std::string_view text, bool is_in_query) {
    const std::string decoded = text.find('%') != text.npos ? percent_decoded(text) : std::string();
    const std::string_view name = decoded.empty() ? text : decoded;
    return is_in_query ? names_.is_query_parameter(name) : names_.is_parameter(name);
}

void StreamPiece::begin_parameter(const NameBefore& name) {
    begin(Mode::parameter_lead, name.is_cut ? Redacted::uncertain : Redacted::parameter);
    state_.quote = 0;
    state_.backslashes = 0;
    state_.around = around();
    const bool begins_line = name.is_at_line_start || name.is_first;
    const bool may_be_setting =
        state_.around == Around::text || state_.around == Around::likely_form;
    const bool is_setting = begins_line && may_be_setting;
    state_.step = is_setting ? StreamState::kInLine : StreamState::kAnywhere;
    state_.is_in_encoded_url = false;
}

StreamState::Around StreamPiece::around() const {
    if (state_.is_in_target) return Around::target;
    if (!state_.knows_body()) return Around::text;
    if (state_.announces_form && state_.section == Section::body) return Around::form;
    return state_.begins_like_form ? Around::likely_form : Around::text;
}

std::size_t StreamPiece::parameter_lead(std::size_t at) {
    const bool has_quotes = !takes_any_byte();
    if (has_quotes && bytes_[at] == '\\') {  // before a quote, in a string
        state_.backslashes = std::min<std::uint8_t>(state_.backslashes + 1U, kDeepestEscape);
        return at + 1;
    }
    if (has_quotes && bytes_[at] == '\r') return leave_body_value(at);
    if (is_blank(bytes_[at]) && state_.step != StreamState::kAnywhere) return setting_lead(at);
    const bool is_quote = bytes_[at] == '"' || bytes_[at] == '\'';
    const bool is_value = is_quote || state_.step != StreamState::kInQuotes;
    state_.step = 0;
    state_.mode = is_value ? Mode::parameter : Mode::open;
    if (!has_quotes || !is_quote) return at;
    state_.quote = bytes_[at];
    state_.escape = escape_of(std::exchange(state_.backslashes, std::uint8_t{0}));
    state_.disposition.pass(bytes_[at]);
    return at + 1;
}

// At a blank before the value.
std::size_t StreamPiece::setting_lead(std::size_t at) {
    if (state_.step == StreamState::kInLine) begin_line(state_.kind);
    return at + 1;
}

std::size_t StreamPiece::parameter(std::size_t at) {
    for (std::size_t i = at; i < end_; ++i) {
        if (ends_parameter(i)) {
            blank(at, i);
            return goes_on_behind_quote(i) ? i + 1 : leave_body_value(i);
        }
        if (bytes_[i] == '#') state_.is_in_encoded_url = false;
        const int backslashes = bytes_[i] == '\\' ? (state_.backslashes + 1) % kBackslashes : 0;
        state_.backslashes = static_cast<std::uint8_t>(backslashes);
        // A backslash may escape the quote behind it.
        const bool stays = state_.around == Around::target ? is_in_version(bytes_[i])
                                                           : bytes_[i] == '\\' && !takes_any_byte();
        if (!stays) continue;
        blank(at, i);
        at = i + 1;
    }
    blank(at, end_);
    return end_;
}

bool StreamPiece::ends_parameter(std::size_t at) const {
    const char c = bytes_[at];
    if (state_.is_in_encoded_url && text(at, end_).starts_with("%26")) return true;
    if (state_.around == Around::form) return c == '&';
    if (state_.around == Around::target) return kEndOfTarget.has(c);
    if (c == '\\' && text(at, end_).starts_with("\\u0026")) return true;
    if (state_.quote != 0) return is_end_quote(c) || kEndInQuotes.has(c);
    return state_.around == Around::likely_form ? kEndInForm.has(c) : kEndOfParameter.has(c);
}

bool StreamPiece::is_end_quote(char c) const {
    if (c != state_.quote) return false;
    return state_.around != Around::text || ends_string(state_.backslashes, state_.escape);
}

// White space in a target, and as much as follows it of what the version begins with: only the last
// word is that (RFC 9112, 3), but not every word is known to be the last when it is read.
bool StreamPiece::is_in_version(char c) {
    constexpr std::string_view kName = " http/";
    std::uint8_t& step = state_.step;
    if (is_blank(c)) {
        step = 1;
        return true;
    }
    if (step == kName.size()) return true;  // an odd version is one, too
    const bool is_next = step > 0 && to_lower(c) == kName[step];
    step = is_next ? static_cast<std::uint8_t>(step + 1) : std::uint8_t{0};
    return is_next;
}

// Where it is not known whether the quotes belong to the value.
bool StreamPiece::goes_on_behind_quote(std::size_t at) {
    if (state_.around != Around::likely_form || state_.quote == 0) return false;
    return bytes_[at] == std::exchange(state_.quote, '\0');
}

}  // namespace httpprof::format
