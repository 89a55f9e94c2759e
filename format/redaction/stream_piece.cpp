#include "format/redaction/stream_piece.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "format/bytes.h"
#include "format/redaction/json_escapes.h"
#include "format/redaction/stream_redactor.h"
#include "format/redaction/words_of_http.h"

namespace httpprof::format {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;

// Marks the bytes of a word that are `c` in their highest bit; perhaps also bytes behind those, so
// only the first mark counts.
constexpr std::uint64_t marks(std::uint64_t word, char c) {
    const std::uint64_t zero_where_equal = word ^ (kOnes * static_cast<unsigned char>(c));
    return (zero_where_equal - kOnes) & ~zero_where_equal & (kOnes << 7);
}

// Marks those from `first` to `last`, which are of ASCII.
constexpr std::uint64_t marks(std::uint64_t word, char first, char last) {
    const std::uint64_t low = word & (kOnes * 0x7F);
    const std::uint64_t not_below = low + (kOnes * static_cast<unsigned>(0x80 - first));
    const std::uint64_t not_above = (kOnes * static_cast<unsigned>(0x80 + last)) - low;
    return not_below & not_above & ~word & (kOnes << 7);
}

}  // namespace

std::size_t StreamPiece::run() {
    const bool in_body = state_.body_left > 0;
    if (in_body) end_ = static_cast<std::size_t>(std::min<std::uint64_t>(end_, state_.body_left));
    std::size_t at = 0;
    while (at < end_)
        at = step(at);
    state_.remember(bytes_.first(end_));
    if (state_.is_first_line) state_.is_first_line = end_of_line(0) == end_;
    if (in_body) state_.pass_body(end_);
    if (is_body_next_) state_.begin_body();
    return end_;
}

std::size_t StreamPiece::step(std::size_t at) {
    switch (state_.mode) {
        case Mode::open:
            if (state_.disposition.is_open) return disposition(at);
            return state_.outer_count > 0 ? nested(at) : open(at);
        case Mode::doubtful:
            return doubtful();
        case Mode::rest:
            return rest(at);
        case Mode::line_lead:
            return line_lead(at);
        case Mode::line:
            return line(at);
        case Mode::fold:
            return fold(at);
        case Mode::cookie_name:
            return cookie_name(at);
        case Mode::cookie_value:
            return cookie_value(at);
        case Mode::attribute_name:
            return attribute_name(at);
        case Mode::attribute:
            return attribute(at);
        case Mode::percent:
            return percent(at);
        case Mode::escape:
            return escape(at);
        case Mode::parameter_lead:
            return parameter_lead(at);
        case Mode::parameter:
            return parameter(at);
        case Mode::json_lead:
            return json_lead(at);
        case Mode::json_string:
            return json_string(at);
        case Mode::json_array:
            return json_array(at);
        case Mode::json_number:
            return json_number(at);
        case Mode::tag_name:
            return tag_name(at);
        case Mode::element_lead:
            return element_lead(at);
        case Mode::element:
            return element(at);
        case Mode::url_port:
            return url_port(at);
        case Mode::url_password:
            return url_password(at);
        case Mode::part_name_lead:
            return part_name_lead(at);
        case Mode::part_name:
            return part_name(at);
        case Mode::part_head:
            return part_head(at);
        case Mode::part_line:
            return part_line(at);
        case Mode::part_value:
            return part_value(at);
        case Mode::chunk_line:
            return chunk_line(at);
        case Mode::message_start:
            return message_start(at);
        case Mode::request:
            return request(at);
    }
    return end_;
}

std::size_t StreamPiece::open(std::size_t at) {
    at = find_telling(at);
    while (at < end_ && (bytes_[at] == '%' || bytes_[at] == '\\') && !may_be_equals_sign(at))
        at = find_telling(at + 1);
    return at == end_ ? at : tell(at);
}

// The next byte that tells what follows, or the end.
std::size_t StreamPiece::find_telling(std::size_t from) const {
    for (; end_ - from >= sizeof(std::uint64_t); from += sizeof(std::uint64_t)) {
        const auto word = load_little_endian<std::uint64_t>(bytes_.data() + from);
        const std::uint64_t found =
            marks(word, ':', '>') | marks(word, '\n') | marks(word, '%') | marks(word, '\\');
        if (found != 0) return from + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
    return find(kTelling, from);
}

// At a byte that tells what follows.
std::size_t StreamPiece::tell(std::size_t at) {
    if (bytes_[at] == ':') colon(at);
    if (bytes_[at] == '=') equals_sign(at);
    if (bytes_[at] == '\n') line_feed(at);
    if (bytes_[at] == '<') tag_begin(at);
    if (bytes_[at] == '>') tag_end(at);
    if (bytes_[at] == '%' && may_be_equals_sign(at)) begin_encoded(Mode::percent);
    if (bytes_[at] == '\\' && may_be_equals_sign(at)) begin_encoded(Mode::escape);
    return at + 1;
}

void StreamPiece::colon(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    const LookBack before = preceding.look_back();
    if (const auto field = field_name(before)) {
        const std::string_view text = field->text();
        const std::string unescaped =
            text.find('\\') != text.npos ? json_unescaped(text) : std::string();
        const std::string_view name = unescaped.empty() ? text : unescaped;
        if (!field->is_cut && !names_.is_parameter(name)) return;
        begin_field(field->is_cut ? Redacted::uncertain : Redacted::field);
        state_.may_be_number = !names_.is_often_number(name);
    } else if (const auto header = header_name(before)) {
        state_.is_content_type = equals_ignoring_case(header->text(), "content-type");
        if (equals_ignoring_case(header->text(), "transfer-encoding")) state_.is_head_plain = false;
        state_.is_in_target = state_.is_in_target || is_url(header->text());
        if (begin_disposition(header->text()) || !names_.is_header(header->text())) return;
        begin(Mode::line_lead, Redacted::header);
        // In YAML a line with the same white space before it is no more of the same.
        state_.may_be_continued = header->is_at_line_start || state_.section != Section::body;
        state_.is_set_cookie = is_set_cookie(header->text());
        state_.resumed =
            state_.is_set_cookie || is_cookie(header->text()) ? Mode::cookie_name : Mode::line;
    } else if (is_in_authority(before)) {
        begin(Mode::url_port, Redacted::password);
        state_.step = 0;
    } else if (!state_.is_in_target) {
        colon_behind_word(before);
    }
}

// In YAML, GraphQL and what else writes names without quotes: only strings in quotes are secrets,
// but for a line of its own.
void StreamPiece::colon_behind_word(const LookBack& before) {
    if (const auto item = item_name(before); item && names_.is_header(item->text())) {
        begin_line(Redacted::field);
    } else if (const auto word = word_name(before); word && names_.is_parameter(word->text())) {
        begin_field(Redacted::field);
        state_.may_be_number = false;
    }
}

void StreamPiece::begin_field(Redacted kind) {
    begin(Mode::json_lead, kind);
    state_.array_depth = 0;
    state_.backslashes = 0;
}

// All that is left of it.
void StreamPiece::begin_line(Redacted kind) {
    begin(Mode::line_lead, kind);
    state_.resumed = Mode::line;
    state_.may_be_continued = false;
}

void StreamPiece::line_feed(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    const LookBack before = preceding.look_back();
    const bool is_in_target = std::exchange(state_.is_in_target, false);
    if (state_.section != Section::head) {
        if (!is_start_line(before) || !may_be_start_line(at, is_in_target))
            return keep_boundary(before);
        state_.begin_head();
        state_.is_head_plain = true;
    } else if (is_blank_line(before)) {
        state_.section = Section::body;
        state_.boundary_size = 0;
        state_.is_part_new = false;
        is_body_next_ = true;
        end_ = at + 1;
    } else if (std::exchange(state_.is_content_type, false)) {
        state_.announces_form = announces_form(before);
    } else if (announces_chunks(before)) {
        state_.announces_chunks = true;
    } else if (const auto length = announced_length(before)) {
        state_.announced = *length;
    }
}

// In a body of known length only its first line may be one, if it begins like one: HEAD's answer
// announces what is not sent, as does a request whose expectation is refused.
bool StreamPiece::may_be_start_line(std::size_t at, bool is_in_target) const {
    if (state_.chunks.is_followed()) return false;
    if (!state_.knows_body()) return true;
    if (!is_first_line(at)) return false;
    const PrecedingBytes preceding(state_, bytes_, at);
    return is_in_target || is_status_line(preceding.look_back());
}

void StreamPiece::keep_boundary(const LookBack& before) {
    if (is_blank_line(before)) {
        state_.begins_like_form = false;
        state_.is_part_new = false;
        state_.may_begin_markup |= state_.boundary_size > 0;
        if (!state_.knows_body()) state_.expect_request();
        return;
    }
    state_.may_begin_markup = false;
    if (!state_.knows_body()) return;
    if (const auto line = boundary_line(before); !line.empty()) state_.keep_boundary(line);
}

bool StreamPiece::is_first_line(std::size_t at) const {
    return state_.is_first_line && end_of_line(0) >= at;
}

std::size_t StreamPiece::find(const CharacterSet& set, std::size_t from) const {
    while (from < end_ && !set.has(bytes_[from]))
        ++from;
    return from;
}

std::size_t StreamPiece::end_of_line(std::size_t from) const {
    const void* found = std::memchr(bytes_.data() + from, '\n', end_ - from);
    if (found == nullptr) return end_;
    return static_cast<std::size_t>(static_cast<const char*>(found) - bytes_.data());
}

void StreamPiece::begin(Mode mode, Redacted kind) {
    state_.mode = mode;
    state_.kind = kind;
    state_.is_counted = false;
}

// The end of a line stays, of which another piece may have the second byte, and in a header what
// makes it invalid.
void StreamPiece::blank(std::size_t from, std::size_t to) {
    constexpr CharacterSet kLineEnd("\r\n");
    constexpr CharacterSet kControls = CharacterSet::controls_and("\x7F");
    const CharacterSet& kept = state_.kind == Redacted::header ? kControls : kLineEnd;
    std::uint64_t blanked = 0;
    for (std::size_t i = from; i < to; ++i) {
        const bool stays = kept.has(bytes_[i]) && bytes_[i] != '\t';
        if (stays || bytes_[i] == kFiller) continue;
        bytes_[i] = kFiller;
        ++blanked;
    }
    if (blanked == 0) return;
    if (!state_.is_counted) tally_.add_value(state_.kind);
    state_.is_counted = true;
    tally_.add_bytes(state_.kind, blanked);
}

}  // namespace httpprof::format
