#include "format/edit/stream_redactor.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "format/bytes.h"
#include "format/edit/characters.h"
#include "format/edit/json_escapes.h"
#include "format/edit/look_back.h"
#include "format/edit/names_before.h"
#include "format/edit/percent_encoding.h"
#include "format/edit/words_of_http.h"

namespace httpprof::format {
namespace {

using Mode = StreamState::Mode;
using Section = StreamState::Section;
using Around = StreamState::Around;

constexpr CharacterSet kTelling(":=\n%\\");
constexpr std::string_view kEscapedEqualsSign = "\\u003d";
// Not what careless writers leave as it is in a value: a number sign, an apostrophe.
constexpr CharacterSet kEndOfParameter = CharacterSet::controls_and("& \"<>");
constexpr CharacterSet kEndOfTarget("&\n");
constexpr CharacterSet kEndInForm("& \n");  // in what only looks like one
constexpr CharacterSet kEndOfAuthority = CharacterSet::controls_and("/?# \"'<>\\");
constexpr CharacterSet kControl = CharacterSet::controls_and("");
constexpr CharacterSet kJsonNumber("0123456789+-.eE");
constexpr CharacterSet kJsonWord("0123456789+-.aeflnrstuE");  // also true, false and null
constexpr CharacterSet kEscapedSpace("nrt");
constexpr std::uint8_t kDeepest = 255;
// Backslashes before quotes of JSON that is in a string in a string, and so on: one less than a
// power of two. What ends a string shows in their number modulo twice that power.
constexpr std::uint8_t kDeepestEscape = 31;
constexpr int kBackslashes = 2 * (kDeepestEscape + 1);

// What an encoded equals sign has so far: `step`.
constexpr std::uint8_t kPercent = 0;
constexpr std::uint8_t kTwo = 1;
constexpr std::uint8_t kThree = 2;

// What a request line has so far: `step`. Behind the second, as much of "http" as there is.
constexpr std::uint8_t kMethod = 1;
constexpr std::uint8_t kTarget = 2;

// What a line of the head of a part has so far: `step`.
constexpr std::uint8_t kNoBytes = 0;
constexpr std::uint8_t kCarriageReturn = 1;
constexpr std::uint8_t kOtherBytes = 2;

// Marks the bytes of a word that are `c` in their highest bit; perhaps also bytes behind those, so
// only the first mark counts.
constexpr std::uint64_t marks(std::uint64_t word, char c) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    const std::uint64_t zero_where_equal = word ^ (kOnes * static_cast<unsigned char>(c));
    return (zero_where_equal - kOnes) & ~zero_where_equal & (kOnes << 7);
}

// A quote ends a string of JSON if there are as many backslashes before it as before the first one;
// those that are escaped themselves come in twice that number and two.
constexpr bool ends_string(int backslashes, int escape) {
    return backslashes % (2 * (escape + 1)) <= escape;
}

// One piece of a stream on its way through the redaction. Every step takes the index of the next
// byte, and returns the index of the one that it did not look at or that another mode is to take.
class Piece {
  public:
    Piece(std::span<char> bytes, StreamState& state, SecretNames& names, RedactionTally& tally)
        : bytes_(bytes), end_(bytes.size()), state_(state), names_(names), tally_(tally) {}

    // The number of bytes that were done: up to the end of a head or of a body.
    std::size_t run();

  private:
    std::size_t step(std::size_t at);

    std::size_t open(std::size_t at);
    std::size_t tell(std::size_t at);
    void colon(std::size_t at);
    void equals_sign(std::size_t at);
    void equals_sign_behind(const LookBack& before);
    bool may_be_equals_sign(std::size_t at) const;
    void begin_encoded(Mode mode);
    std::size_t percent(std::size_t at);
    bool is_next_in_equals_sign(char c);
    void encoded_equals_sign(std::size_t at);
    std::size_t escape(std::size_t at);
    void escaped_equals_sign(std::size_t at);
    void line_feed(std::size_t at);
    void keep_boundary(const LookBack& before);
    bool is_secret_parameter(const NameBefore& found);
    bool is_secret_name(std::string_view text, bool is_in_query);
    void begin_parameter(const NameBefore& name);
    Around around() const;

    std::size_t doubtful();
    std::size_t message_start(std::size_t at);
    std::size_t request(std::size_t at);
    bool is_next_in_request(char c);
    std::size_t chunk_line(std::size_t at);
    bool is_next_in_chunk_line(char c) const;

    std::size_t line_lead(std::size_t at);
    std::size_t line(std::size_t at);
    std::size_t end_doubt(std::size_t at, std::size_t start);
    std::size_t fold(std::size_t at);
    std::size_t cookie_name(std::size_t at);
    std::size_t cookie_value(std::size_t at);
    std::size_t attribute_name(std::size_t at);
    std::size_t attribute(std::size_t at);

    std::size_t parameter_lead(std::size_t at);
    std::size_t parameter(std::size_t at);
    bool ends_parameter(std::size_t at) const;
    bool goes_on_behind_quote(std::size_t at);
    bool is_in_version(char c);
    // Quotes and backslashes belong to the value.
    bool takes_any_byte() const {
        return state_.around == Around::target || state_.around == Around::form;
    }
    std::size_t json_lead(std::size_t at);
    std::size_t json_string(std::size_t at);
    std::size_t end_string(std::size_t at);
    std::size_t json_array(std::size_t at);
    std::size_t json_object(std::size_t at);
    std::size_t nested(std::size_t at);
    bool is_quote(std::size_t at);
    void leave_object();
    std::size_t json_number(std::size_t at);
    std::size_t url_port(std::size_t at);
    bool is_end_of_text() const;
    std::size_t url_password(std::size_t at);

    bool begin_disposition(std::string_view header);
    std::size_t disposition(std::size_t at);
    bool is_name_next(std::size_t at) const;
    std::size_t part_name_lead(std::size_t at);
    std::size_t part_name(std::size_t at);
    std::size_t end_of_part_name(std::size_t at) const;
    std::size_t part_head(std::size_t at);
    std::size_t part_line(std::size_t at);
    std::size_t part_value(std::size_t at);

    std::string_view text(std::size_t from, std::size_t to) const {
        return {bytes_.data() + from, to - from};
    }
    // Where the first byte of `set` is, or the end.
    std::size_t find(const CharacterSet& set, std::size_t from) const;
    std::size_t find_telling(std::size_t from) const;
    std::size_t end_of_line(std::size_t from) const;
    void begin(Mode mode, Redacted kind);
    void blank(std::size_t from, std::size_t to);
    std::size_t end_line(std::size_t at);
    std::size_t leave_body_value(std::size_t at);

    std::span<char> bytes_;
    std::size_t end_;
    bool is_body_next_ = false;
    StreamState& state_;
    SecretNames& names_;
    RedactionTally& tally_;
};

std::size_t Piece::run() {
    const bool in_body = state_.body_left > 0;
    if (in_body) end_ = static_cast<std::size_t>(std::min<std::uint64_t>(end_, state_.body_left));
    std::size_t at = 0;
    while (at < end_)
        at = step(at);
    state_.remember(bytes_.first(end_));
    if (in_body) state_.pass_body(end_);
    if (is_body_next_) state_.begin_body();
    return end_;
}

std::size_t Piece::step(std::size_t at) {
    switch (state_.mode) {
        case Mode::open:
            if (state_.disposition.is_open) return disposition(at);
            return state_.outer_count > 0 ? nested(at) : open(at);
        case Mode::doubtful:
            return doubtful();
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

std::size_t Piece::find(const CharacterSet& set, std::size_t from) const {
    while (from < end_ && !set.has(bytes_[from]))
        ++from;
    return from;
}

// The next byte that tells what follows, or the end.
std::size_t Piece::find_telling(std::size_t from) const {
    for (; end_ - from >= sizeof(std::uint64_t); from += sizeof(std::uint64_t)) {
        const auto word = load_little_endian<std::uint64_t>(bytes_.data() + from);
        const std::uint64_t found = marks(word, ':') | marks(word, '=') | marks(word, '\n') |
                                    marks(word, '%') | marks(word, '\\');
        if (found != 0) return from + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
    return find(kTelling, from);
}

std::size_t Piece::end_of_line(std::size_t from) const {
    const void* found = std::memchr(bytes_.data() + from, '\n', end_ - from);
    if (found == nullptr) return end_;
    return static_cast<std::size_t>(static_cast<const char*>(found) - bytes_.data());
}

void Piece::begin(Mode mode, Redacted kind) {
    state_.mode = mode;
    state_.kind = kind;
    state_.is_counted = false;
}

// The end of a line stays, of which another piece may have the second byte.
void Piece::blank(std::size_t from, std::size_t to) {
    std::uint64_t blanked = 0;
    for (std::size_t i = from; i < to; ++i) {
        if (bytes_[i] == '\r' || bytes_[i] == '\n' || bytes_[i] == kFiller) continue;
        bytes_[i] = kFiller;
        ++blanked;
    }
    if (blanked == 0) return;
    if (!state_.is_counted) tally_.add_value(state_.kind);
    state_.is_counted = true;
    tally_.add_bytes(state_.kind, blanked);
}

// --- Where no secret is ---

std::size_t Piece::open(std::size_t at) {
    at = find_telling(at);
    while (at < end_ && (bytes_[at] == '%' || bytes_[at] == '\\') && !may_be_equals_sign(at))
        at = find_telling(at + 1);
    return at == end_ ? at : tell(at);
}

// At a byte that tells what follows.
std::size_t Piece::tell(std::size_t at) {
    if (bytes_[at] == ':') colon(at);
    if (bytes_[at] == '=') equals_sign(at);
    if (bytes_[at] == '\n') line_feed(at);
    if (bytes_[at] == '%' && may_be_equals_sign(at)) begin_encoded(Mode::percent);
    if (bytes_[at] == '\\' && may_be_equals_sign(at)) begin_encoded(Mode::escape);
    return at + 1;
}

void Piece::colon(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    const LookBack before = preceding.look_back();
    if (const auto field = field_name(before)) {
        const std::string_view text = field->text();
        const std::string unescaped =
            text.find('\\') != text.npos ? json_unescaped(text) : std::string();
        const std::string_view name = unescaped.empty() ? text : unescaped;
        if (!field->is_cut && !names_.is_parameter(name)) return;
        begin(Mode::json_lead, field->is_cut ? Redacted::uncertain : Redacted::field);
        state_.array_depth = 0;
        state_.may_be_number = !names_.is_often_number(name);
        state_.backslashes = 0;
    } else if (const auto header = header_name(before)) {
        state_.is_content_type = equals_ignoring_case(header->text(), "content-type");
        state_.is_in_target = state_.is_in_target || is_url(header->text());
        if (begin_disposition(header->text()) || !names_.is_header(header->text())) return;
        begin(Mode::line_lead, Redacted::header);
        state_.is_set_cookie = is_set_cookie(header->text());
        state_.resumed =
            state_.is_set_cookie || is_cookie(header->text()) ? Mode::cookie_name : Mode::line;
    } else if (is_in_authority(before)) {
        begin(Mode::url_port, Redacted::password);
    }
}

void Piece::equals_sign(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    equals_sign_behind(preceding.look_back());
}

void Piece::equals_sign_behind(const LookBack& before) {
    auto name = parameter_name(before, false);
    if (name && name->is_first && state_.knows_body()) {
        state_.begins_like_form = true;
        name->is_in_query = around() == Around::form;
    }
    if (name && is_secret_parameter(*name)) return begin_parameter(*name);
    if (name && !name->is_at_line_start) return;
    const auto whole = parameter_name(before, true);
    if (whole && is_secret_parameter(*whole)) begin_parameter(*whole);
}

// At a percent sign or a backslash. Most are in the text of forms or in JSON within JSON, one after
// the other.
bool Piece::may_be_equals_sign(std::size_t at) const {
    if (bytes_[at] == '\\') {
        if (end_ - at > 1 && bytes_[at + 1] != 'u') return false;
        const std::string_view begun = text(at, std::min(end_, at + kEscapedEqualsSign.size()));
        return equals_ignoring_case(begun, kEscapedEqualsSign.substr(0, begun.size()));
    }
    if (end_ - at < 3) return true;
    const char last = bytes_[at + 2];
    return bytes_[at + 1] == '3' ? to_lower(last) == 'd' : bytes_[at + 1] == '2' && last == '5';
}

void Piece::begin_encoded(Mode mode) {
    state_.mode = mode;
    state_.step = 0;
}

std::size_t Piece::percent(std::size_t at) {
    const char c = bytes_[at];
    if (is_next_in_equals_sign(c)) return at + 1;
    state_.mode = Mode::open;
    if (state_.step != kThree || to_lower(c) != 'd') return at;
    encoded_equals_sign(at);
    return at + 1;
}

// Of "3D"; also of "253D" and so on, which is within a URL within a URL.
bool Piece::is_next_in_equals_sign(char c) {
    if (state_.step == kPercent && (c == '2' || c == '3')) {
        state_.step = c == '2' ? kTwo : kThree;
        return true;
    }
    if (state_.step != kTwo || c != '5') return false;
    state_.step = kPercent;
    return true;
}

void Piece::encoded_equals_sign(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    const auto name = encoded_parameter_name(preceding.look_back());
    if (!name || !is_secret_parameter(*name)) return;
    begin_parameter(*name);
    state_.mode = Mode::parameter;
    state_.is_in_encoded_url = true;
}

std::size_t Piece::escape(std::size_t at) {
    const bool is_next = to_lower(bytes_[at]) == kEscapedEqualsSign[state_.step + 1U];
    if (is_next && ++state_.step + 1U < kEscapedEqualsSign.size()) return at + 1;
    state_.mode = Mode::open;
    if (!is_next) return at;
    escaped_equals_sign(at);
    return at + 1;
}

// At its last byte. In JSON within JSON the backslash is escaped itself.
void Piece::escaped_equals_sign(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    LookBack before = preceding.look_back();
    for (std::size_t size = 1; size < kEscapedEqualsSign.size(); ++size)
        before.previous();
    while (before.peek() == '\\')
        before.previous();
    equals_sign_behind(before);
}

bool Piece::is_secret_parameter(const NameBefore& found) {
    if (found.is_cut) return true;
    const std::string_view text = found.text();
    if (is_secret_name(text, found.is_in_query)) return true;
    return found.escape_size > 0 &&
           is_secret_name(text.substr(found.escape_size), found.is_in_query);
}

bool Piece::is_secret_name(std::string_view text, bool is_in_query) {
    const std::string decoded = text.find('%') != text.npos ? percent_decoded(text) : std::string();
    const std::string_view name = decoded.empty() ? text : decoded;
    return is_in_query ? names_.is_query_parameter(name) : names_.is_parameter(name);
}

void Piece::begin_parameter(const NameBefore& name) {
    begin(Mode::parameter_lead, name.is_cut ? Redacted::uncertain : Redacted::parameter);
    state_.quote = 0;
    state_.step = 0;
    state_.around = around();
    state_.is_in_encoded_url = false;
}

Around Piece::around() const {
    if (state_.is_in_target) return Around::target;
    if (!state_.knows_body()) return Around::text;
    if (state_.announces_form && state_.section == Section::body) return Around::form;
    return state_.begins_like_form ? Around::likely_form : Around::text;
}

void Piece::line_feed(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    const LookBack before = preceding.look_back();
    state_.is_in_target = false;
    if (state_.section != Section::head) {
        if (state_.chunks.is_followed() || !is_start_line(before)) return keep_boundary(before);
        state_.section = Section::head;
        state_.outer_count = 0;
        state_.announced = 0;
        state_.announces_chunks = false;
        state_.announces_form = false;
        state_.begins_like_form = false;
        state_.is_content_type = false;
    } else if (is_blank_line(before)) {
        state_.section = Section::body;
        state_.boundary_size = 0;
        state_.is_part_new = false;
        is_body_next_ = state_.announced > 0 || state_.announces_chunks;
        if (!is_body_next_) return state_.expect_request();
        end_ = at + 1;
    } else if (std::exchange(state_.is_content_type, false)) {
        state_.announces_form = announces_form(before);
    } else if (announces_chunks(before)) {
        state_.announces_chunks = true;
    } else if (const auto length = announced_length(before)) {
        state_.announced = *length;
    }
}

void Piece::keep_boundary(const LookBack& before) {
    if (is_blank_line(before)) {
        state_.begins_like_form = false;
        state_.is_part_new = false;
        if (!state_.knows_body()) state_.expect_request();
        return;
    }
    if (!state_.knows_body()) return;
    if (const auto line = boundary_line(before); !line.empty()) state_.keep_boundary(line);
}

// --- Where it is not known ---

// At the first byte of a piece.
std::size_t Piece::doubtful() {
    state_.expect_request();
    if (is_rest_of_head(text(0, end_), state_.is_after_gap)) begin(Mode::line, Redacted::uncertain);
    return 0;
}

std::size_t Piece::message_start(std::size_t at) {
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

std::size_t Piece::request(std::size_t at) {
    const char c = bytes_[at];
    if (is_next_in_request(c)) return at + 1;
    state_.mode = Mode::open;
    return at;
}

// A target in the form of a path, or of a URL for a proxy (RFC 9112, 3.2).
bool Piece::is_next_in_request(char c) {
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

// Where it is not known whether a body is in chunks, a value can go on behind CR LF, a size in
// hexadecimal, CR LF.
bool Piece::is_next_in_chunk_line(char c) const {
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

std::size_t Piece::chunk_line(std::size_t at) {
    const char c = bytes_[at];
    if (!is_next_in_chunk_line(c)) {
        // White space before a value; or the end of one that cannot have it.
        const bool goes_on =
            state_.resumed == Mode::json_lead || state_.resumed == Mode::json_array;
        state_.mode = goes_on ? state_.resumed : Mode::open;
        return at;
    }
    if (state_.step == 2) state_.is_last_chunk = true;
    if (is_hexadecimal(c) && c != '0') state_.is_last_chunk = false;
    if (state_.step == 4) {
        state_.mode = state_.is_last_chunk ? Mode::open : state_.resumed;
    } else if (state_.step != 3 || c == '\r') {
        ++state_.step;
    }
    return at + 1;
}

// --- Headers ---

std::size_t Piece::line_lead(std::size_t at) {
    while (at < end_ && is_blank(bytes_[at]))
        ++at;
    if (at == end_) return at;
    if (bytes_[at] == '\n') return end_line(at);
    if (bytes_[at] == '\r') return at + 1;
    state_.mode = state_.resumed;
    return state_.mode == Mode::line ? at + scheme_size(text(at, end_)) : at;
}

std::size_t Piece::line(std::size_t at) {
    const std::size_t end = end_of_line(at);
    if (state_.kind == Redacted::uncertain) {
        const std::size_t start = at + find_message_start(text(at, end));
        if (start < end) return end_doubt(at, start);
    }
    blank(at, end);
    return end == end_ ? end : end_line(end);
}

// At what begins a message, directly behind a body as it seems.
std::size_t Piece::end_doubt(std::size_t at, std::size_t start) {
    blank(at, start);
    state_.expect_request();
    return start;
}

// At a line feed.
std::size_t Piece::end_line(std::size_t at) {
    if (state_.mode != Mode::line_lead) state_.resumed = state_.mode;
    state_.mode = Mode::fold;
    return at + 1;
}

// RFC 9112, 5.2: a line that begins with white space continues the one before.
std::size_t Piece::fold(std::size_t at) {
    state_.mode = is_blank(bytes_[at]) ? state_.resumed : Mode::open;
    return is_blank(bytes_[at]) ? at + 1 : at;
}

std::size_t Piece::cookie_name(std::size_t at) {
    constexpr CharacterSet kBetween("; \t\r");
    constexpr CharacterSet kEnd("=;\n");
    while (at < end_ && kBetween.has(bytes_[at]))
        ++at;
    if (at == end_) return at;
    if (bytes_[at] == '\n') return end_line(at);
    state_.is_counted = false;
    const std::size_t end = find(kEnd, at);
    if (end < end_ && bytes_[end] == '=') {
        state_.mode = Mode::cookie_value;
        return end + 1;
    }
    blank(at, end);  // no name as it seems, or only a part of one
    return end;
}

std::size_t Piece::cookie_value(std::size_t at) {
    constexpr CharacterSet kEnd(";\n");
    const std::size_t end = find(kEnd, at);
    blank(at, end);
    if (end == end_) return end;
    if (bytes_[end] == '\n') return end_line(end);
    state_.mode = state_.is_set_cookie ? Mode::attribute_name : Mode::cookie_name;
    return end + 1;
}

std::size_t Piece::attribute_name(std::size_t at) {
    constexpr CharacterSet kBetween("; \t\r");
    constexpr CharacterSet kEnd("=;\r\n");
    while (at < end_ && kBetween.has(bytes_[at]))
        ++at;
    if (at == end_) return at;
    if (bytes_[at] == '\n') return end_line(at);
    state_.is_counted = false;
    const std::size_t end = find(kEnd, at);
    const bool is_known = end < end_ && is_cookie_attribute(text(at, end));
    state_.mode = is_known ? Mode::attribute : Mode::cookie_value;
    return is_known ? end : at;
}

std::size_t Piece::attribute(std::size_t at) {
    constexpr CharacterSet kEnd(";\n");
    const std::size_t end = find(kEnd, at);
    if (end == end_) return end;
    if (bytes_[end] == '\n') return end_line(end);
    state_.mode = Mode::attribute_name;
    return end + 1;
}

// --- Bodies and URLs ---

// At a byte that does not belong to the value.
std::size_t Piece::leave_body_value(std::size_t at) {
    if (bytes_[at] == '\r') {
        state_.resumed = state_.mode;
        state_.mode = Mode::chunk_line;
        state_.step = 0;
    } else {
        state_.mode = Mode::open;
    }
    return at;
}

std::size_t Piece::parameter_lead(std::size_t at) {
    const bool has_quotes = !takes_any_byte();
    if (has_quotes && bytes_[at] == '\\') return at + 1;  // before a quote, in a string
    if (has_quotes && bytes_[at] == '\r') return leave_body_value(at);
    state_.mode = Mode::parameter;
    if (!has_quotes || (bytes_[at] != '"' && bytes_[at] != '\'')) return at;
    state_.quote = bytes_[at];
    state_.disposition.pass(bytes_[at]);
    return at + 1;
}

std::size_t Piece::parameter(std::size_t at) {
    for (std::size_t i = at; i < end_; ++i) {
        if (ends_parameter(i)) {
            blank(at, i);
            return goes_on_behind_quote(i) ? i + 1 : leave_body_value(i);
        }
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

bool Piece::ends_parameter(std::size_t at) const {
    const char c = bytes_[at];
    if (state_.is_in_encoded_url && text(at, end_).starts_with("%26")) return true;
    if (state_.around == Around::form) return c == '&';
    if (state_.around == Around::target) return kEndOfTarget.has(c);
    if (c == '\\' && text(at, end_).starts_with("\\u0026")) return true;
    if (state_.quote != 0) return c == state_.quote || kControl.has(c);
    return state_.around == Around::likely_form ? kEndInForm.has(c) : kEndOfParameter.has(c);
}

// White space in a target, and as much as follows it of what the version begins with: only the last
// word is that (RFC 9112, 3), but not every word is known to be the last when it is read.
bool Piece::is_in_version(char c) {
    constexpr std::string_view kVersion = " http/1.1";
    std::uint8_t& step = state_.step;
    if (is_blank(c)) {
        step = 1;
        return true;
    }
    const bool is_next = step > 0 && step < kVersion.size() &&
                         (is_digit(kVersion[step]) ? is_digit(c) : to_lower(c) == kVersion[step]);
    step = is_next ? static_cast<std::uint8_t>(step + 1) : std::uint8_t{0};
    return is_next;
}

// Where it is not known whether the quotes belong to the value.
bool Piece::goes_on_behind_quote(std::size_t at) {
    if (state_.around != Around::likely_form || state_.quote == 0) return false;
    return bytes_[at] == std::exchange(state_.quote, '\0');
}

std::size_t Piece::json_lead(std::size_t at) {
    const char c = bytes_[at];
    if (is_blank(c) || c == '\n') return at + 1;
    if (c == '\r') return leave_body_value(at);
    if (c == '\\') {
        state_.backslashes = std::min<std::uint8_t>(state_.backslashes + 1U, kDeepestEscape);
        return at + 1;
    }
    if (c == '"') {
        state_.escape = static_cast<std::uint8_t>(std::bit_floor(state_.backslashes + 1U) - 1);
        state_.backslashes = 0;
        state_.mode = Mode::json_string;
        return at + 1;
    }
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

std::size_t Piece::json_string(std::size_t at) {
    for (std::size_t i = at; i < end_; ++i) {
        const char c = bytes_[i];
        const bool is_end = c == '"' && ends_string(state_.backslashes, state_.escape);
        if (is_end || kControl.has(c)) {
            blank(at, i);
            return is_end ? end_string(i) : leave_body_value(i);
        }
        state_.backslashes =
            static_cast<std::uint8_t>(c == '\\' ? (state_.backslashes + 1) % kBackslashes : 0);
        if (c != '\\' || state_.escape == 0) continue;
        blank(at, i);
        at = i + 1;
    }
    blank(at, end_);
    return end_;
}

std::size_t Piece::end_string(std::size_t at) {
    state_.backslashes = 0;
    state_.mode = state_.array_depth > 0 ? Mode::json_array : Mode::open;
    return at + 1;
}

std::size_t Piece::json_array(std::size_t at) {
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
std::size_t Piece::json_object(std::size_t at) {
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
std::size_t Piece::nested(std::size_t at) {
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

bool Piece::is_quote(std::size_t at) {
    const PrecedingBytes preceding(state_, bytes_, at);
    LookBack before = preceding.look_back();
    int backslashes = 0;
    while (before.peek() == '\\') {
        before.previous();
        ++backslashes;
    }
    return ends_string(backslashes, state_.outer().escape);
}

void Piece::leave_object() {
    begin(Mode::json_array, Redacted::field);
    state_.array_depth = state_.outer().depth;
    state_.escape = state_.outer().escape;
    state_.may_be_number = state_.outer().may_be_number;
    state_.backslashes = 0;
    --state_.outer_count;
}

std::size_t Piece::json_number(std::size_t at) {
    std::size_t end = at;
    while (end < end_ && kJsonNumber.has(bytes_[end]))
        ++end;
    blank(at, end);
    if (end == end_) return end;
    if (state_.array_depth == 0) return leave_body_value(end);
    state_.mode = Mode::json_array;
    return end;
}

std::size_t Piece::url_port(std::size_t at) {
    const std::size_t end = find(kEndOfAuthority, at);
    const std::size_t host = text(at, end).rfind('@');
    if (host != std::string_view::npos) {
        blank(at, at + host);
        state_.mode = Mode::open;
        return at + host;
    }
    if (end < end_) return leave_body_value(end);
    constexpr std::size_t kLongestPort = 5;
    const auto is_port = [](std::string_view text) {
        return text.size() <= kLongestPort && std::ranges::all_of(text, is_digit);
    };
    if (is_end_of_text() && is_port(text(at, end))) return end;
    blank(at, end);  // what follows would tell too late
    state_.mode = Mode::url_password;
    return end;
}

// At the last byte of the piece.
bool Piece::is_end_of_text() const {
    return (state_.is_whole || state_.body_left == end_) && !state_.chunks.is_followed();
}

std::size_t Piece::url_password(std::size_t at) {
    std::size_t end = at;
    while (end < end_ && bytes_[end] != '@' && !kEndOfAuthority.has(bytes_[end]))
        ++end;
    blank(at, end);
    return end == end_ ? end : leave_body_value(end);
}

// --- Parts of multipart forms ---

bool Piece::begin_disposition(std::string_view header) {
    if (!state_.knows_body() || state_.boundary_size == 0) return false;
    if (!equals_ignoring_case(header, "content-disposition")) return false;
    state_.disposition = {.is_open = true};
    state_.is_part_new = false;
    return true;
}

std::size_t Piece::disposition(std::size_t at) {
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

bool Piece::is_name_next(std::size_t at) const {
    const PrecedingBytes preceding(state_, bytes_, at);
    return state_.disposition.is_outside() && is_before_part_name(preceding.look_back());
}

std::size_t Piece::part_name_lead(std::size_t at) {
    if (is_blank(bytes_[at])) return at + 1;
    state_.mode = Mode::part_name;
    state_.quote = bytes_[at] == '"' ? '"' : '\0';
    return state_.quote != 0 ? at + 1 : at;
}

std::size_t Piece::part_name(std::size_t at) {
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

std::size_t Piece::end_of_part_name(std::size_t at) const {
    constexpr CharacterSet kEnd = CharacterSet::controls_and("\"");
    constexpr CharacterSet kEndOfToken = CharacterSet::controls_and("\"; ");
    if (state_.quote == 0) return find(kEndOfToken, at);
    for (std::size_t end = find(kEnd, at);; end = find(kEnd, end + 1)) {
        if (end == end_ || bytes_[end] != '"') return end;
        const PrecedingBytes preceding(state_, bytes_, end);
        if (preceding.look_back().peek() != '\\') return end;
    }
}

std::size_t Piece::part_head(std::size_t at) {
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
std::size_t Piece::part_line(std::size_t at) {
    if (bytes_[at] != state_.boundary[state_.step]) {
        state_.mode = Mode::part_value;
        return at;
    }
    if (++state_.step == state_.boundary_size) state_.mode = Mode::open;
    return at + 1;
}

std::size_t Piece::part_value(std::size_t at) {
    const std::size_t end = end_of_line(at);
    blank(at, end);
    if (end == end_) return end;
    state_.mode = Mode::part_line;
    state_.step = 0;
    return end + 1;
}

}  // namespace

void redact_stream(std::span<char> piece, StreamState& state, SecretNames& names,
                   RedactionTally& tally) {
    while (!piece.empty()) {
        const std::size_t done = state.chunks.is_next() ? state.pass_framing(piece)
                                                        : Piece(piece, state, names, tally).run();
        piece = piece.subspan(done);
    }
}

void redact_text(std::span<char> text, SecretNames& names, RedactionTally& tally) {
    StreamState state = StreamState::of_text();
    state.is_whole = true;
    redact_stream(text, state, names, tally);
}

}  // namespace httpprof::format
