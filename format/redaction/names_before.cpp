#include "format/redaction/names_before.h"

#include <algorithm>

#include "format/characters.h"
#include "format/percent_encoding.h"
#include "format/redaction/json_escapes.h"

namespace httpprof::format {
namespace {

// Of a query or a form, percent-encoded or as careless writers leave it.
constexpr CharacterSet kParameterName = CharacterSet::alphanumeric_and("_.-~%+[]$");
// What cannot be in the user of a URL, before the colon: it may be written with more than RFC 3986,
// 3.2.1, lets it have, and with escapes of JSON.
constexpr CharacterSet kNoUser = CharacterSet::controls_and(" \"/:<>?#@[]");
constexpr std::string_view kEscapedSlashes = "\\u002f\\u002f";

bool is_line_start(int byte) {
    return byte == '\n' || byte == '\r' || byte == LookBack::kStartOfLine;
}

// Collects a name that may be in two chunks of a body.
class NameReader {
  public:
    explicit NameReader(const LookBack& end) : segment_end_(end) {}

    // To be called before each byte is read.
    void skip_chunk_line(LookBack& before) {
        if (before.peek() != '\n') return;
        const LookBack segment_begin = before;
        if (!before.skip_chunk_line()) return;
        joined_.insert(0, segment_begin.up_to(segment_end_));
        segment_end_ = before;
    }

    NameBefore finish(const LookBack& begin) {
        NameBefore name{.first = begin.up_to(segment_end_)};
        if (!joined_.empty()) name.joined = std::string(name.first) + joined_;
        return name;
    }

  private:
    LookBack segment_end_;
    std::string joined_;
};

// Between a name and its colon.
void skip_json_space(LookBack& before) {
    constexpr CharacterSet kSpace(" \t\r\n");
    while (before.skip_chunk_line() || kSpace.has(before.peek()))
        before.previous();
}

// As some writers have the quotes of JSON in a string of JSON; moves to the backslashes before it.
bool skip_encoded_quote(LookBack& before) {
    LookBack place = before;
    for (std::size_t i = kEncodedQuote.size(); i > 0; --i) {
        if (place.previous() != kEncodedQuote[i - 1]) return false;
    }
    if (place.peek() != '\\') return false;
    before = place;
    return true;
}

bool is_encoded_quote(LookBack before) {
    return skip_encoded_quote(before);
}

bool begins_parameter(int delimiter) {
    return delimiter == '?' || delimiter == '&' || delimiter == '#';
}

// An ampersand in HTML or XML.
bool is_behind_reference(LookBack semicolon) {
    constexpr std::string_view kReference = "&amp;";
    return std::all_of(kReference.rbegin(), kReference.rend(),
                       [&](char c) { return semicolon.previous() == c; });
}

// If the text is behind a backslash in a string of JSON.
void take_escape(NameBefore& name) {
    constexpr CharacterSet kControls("bfnrt");
    constexpr std::size_t kUnicodeSize = 5;
    const std::string_view text = name.text();
    if (const auto character = escaped_character(text)) {
        name.escape_size = kUnicodeSize;
        name.is_in_query = begins_parameter(static_cast<int>(*character));
    } else if (kControls.has(text.front())) {
        name.escape_size = 1;
    }
}

// The token before this place, which moves to its start and over the blanks before that.
std::string_view take_token(LookBack& before) {
    const LookBack end = before;
    while (kTokenCharacters.has(before.peek()))
        before.previous();
    const std::string_view token = before.up_to(end);
    before.skip_blanks();
    return token;
}

// The decimal number before this place, which moves to its start.
std::optional<std::uint64_t> take_number(LookBack& before) {
    std::uint64_t number = 0;
    std::uint64_t scale = 1;
    constexpr std::uint64_t kLargestScale = 1'000'000'000'000'000'000;
    if (!is_digit(before.peek())) return {};
    while (is_digit(before.peek())) {
        const auto digit = static_cast<std::uint64_t>(before.previous() - '0');
        if (scale == kLargestScale && digit > 0) return {};
        number += scale * digit;
        if (scale < kLargestScale) scale *= 10;
    }
    return number;
}

// What can be read of the line.
std::string_view rest_of_line(const LookBack& before) {
    std::string_view text = before.rest();
    text.remove_prefix(text.rfind('\n') + 1);  // or nothing
    return text;
}

std::string fully_decoded(std::string_view text) {
    std::string decoded(text);
    for (std::size_t size = decoded.size() + 1; decoded.size() < size;) {
        size = decoded.size();
        decoded = percent_decoded(decoded);
    }
    return decoded;
}

// One without a scheme. CONNECT may stand directly behind the body of the message before.
bool is_before_bare_authority(LookBack before) {
    before.skip_blanks();
    if (before.peek() != ':') return take_token(before).ends_with("CONNECT");
    before.previous();
    const auto header = header_name(before);
    return header && equals_ignoring_case(header->text(), "host");
}

bool is_behind_backslash(LookBack quote) {
    quote.previous();
    return quote.peek() == '\\';
}

}  // namespace

std::optional<NameBefore> header_name(LookBack before) {
    before.skip_blanks();
    const LookBack end = before;
    while (kTokenCharacters.has(before.peek()))
        before.previous();
    NameBefore name{.first = before.up_to(end)};
    if (name.first.empty()) return {};
    name.is_at_line_start = is_line_start(before.peek());
    before.skip_blanks();
    return is_line_start(before.peek()) ? std::optional(name) : std::nullopt;
}

std::optional<NameBefore> field_name(LookBack before) {
    skip_json_space(before);
    const bool is_in_encoded_quotes = skip_encoded_quote(before);
    if (!is_in_encoded_quotes && before.previous() != '"') return {};
    while (before.peek() == '\\')
        before.previous();
    NameReader reader(before);
    for (;;) {
        reader.skip_chunk_line(before);
        const int byte = before.peek();
        const bool is_quote = byte == '"' || (is_in_encoded_quotes && is_encoded_quote(before));
        if (is_quote || byte == LookBack::kMissing) {
            NameBefore name = reader.finish(before);
            name.is_cut = byte == LookBack::kMissing;
            return name;
        }
        if (byte < ' ') return {};
        before.previous();
    }
}

std::optional<NameBefore> word_name(LookBack before) {
    constexpr CharacterSet kWord = CharacterSet::alphanumeric_and("_-.$");
    constexpr CharacterSet kBeforeWord("{[(,; \t\n\\");
    before.skip_blanks();
    const bool is_in_quotes = before.peek() == '\'';
    if (is_in_quotes) before.previous();
    const LookBack end = before;
    while (kWord.has(before.peek()))
        before.previous();
    NameBefore name{.first = before.up_to(end)};
    if (name.first.empty() || (is_in_quotes && before.previous() != '\'')) return {};
    if (!kBeforeWord.has(before.peek()) && before.peek() != LookBack::kStartOfLine) return {};
    if (before.peek() == '\\') take_escape(name);
    name.first.remove_prefix(name.escape_size);
    return name;
}

std::optional<NameBefore> item_name(LookBack before) {
    const LookBack end = before;
    while (kTokenCharacters.has(before.peek()))
        before.previous();
    const NameBefore name{.first = before.up_to(end)};
    if (name.first.empty() || !is_blank(before.peek())) return {};
    before.skip_blanks();
    if (before.previous() != '-') return {};
    before.skip_blanks();
    return is_line_start(before.peek()) ? std::optional(name) : std::nullopt;
}

std::string_view tag_name(LookBack before) {
    const LookBack end = before;
    while (kTagName.has(before.peek()))
        before.previous();
    const std::string_view name = before.up_to(end);
    return before.peek() == '<' ? name.substr(name.find(':') + 1) : std::string_view();
}

bool is_at_first_byte(LookBack before) {
    before.skip_blanks();
    while (before.peek() >= 0x80)
        before.previous();
    return is_line_start(before.peek());
}

std::optional<NameBefore> parameter_name(LookBack before, bool over_chunks) {
    NameReader reader(before);
    for (;;) {
        if (over_chunks) reader.skip_chunk_line(before);
        if (!kParameterName.has(before.peek())) break;
        before.previous();
    }
    const int delimiter = before.peek();
    NameBefore name = reader.finish(before);
    if (name.text().empty() || delimiter == LookBack::kTooFar) return {};
    name.is_cut = delimiter == LookBack::kMissing;
    name.is_in_query = begins_parameter(delimiter) || is_behind_reference(before);
    if (delimiter == '\\') take_escape(name);
    name.is_at_line_start = delimiter == '\n';
    LookBack indentation = before;
    indentation.skip_blanks();
    name.is_indented = is_blank(delimiter) && is_line_start(indentation.peek());
    before.previous();
    name.is_first =
        delimiter == LookBack::kStartOfLine || (name.is_at_line_start && is_blank_line(before));
    return name;
}

std::optional<NameBefore> encoded_parameter_name(LookBack before) {
    const LookBack end = before;
    while (kParameterName.has(before.peek()))
        before.previous();
    const std::string_view encoded = before.up_to(end);
    const std::string whole = fully_decoded(encoded.substr(0, encoded.rfind('%')));
    std::size_t begin = whole.size();
    while (begin > 0 && kParameterName.has(whole[begin - 1]))
        --begin;
    NameBefore name{.joined = whole.substr(begin)};
    if (name.joined.empty()) return {};
    name.is_cut = begin == 0 && before.peek() == LookBack::kMissing;
    name.is_in_query = begin > 0 && begins_parameter(whole[begin - 1]);
    return name;
}

bool is_before_part_name(LookBack before) {
    before.skip_blanks();
    const std::string_view name = take_token(before);
    return equals_ignoring_case(name.substr(0, name.find('*')), "name");
}

NameBefore part_name_in_quotes(LookBack before) {
    const LookBack end = before;
    while (before.peek() >= ' ') {
        if (before.peek() == '"' && !is_behind_backslash(before)) break;
        before.previous();
    }
    return {.first = before.up_to(end)};
}

NameBefore part_name_without_quotes(LookBack before) {
    const LookBack end = before;
    while (before.peek() > ' ' && before.peek() != '=')
        before.previous();
    std::string_view name = before.up_to(end);
    before.skip_blanks();
    before.previous();
    before.skip_blanks();
    // Behind a charset and a language (RFC 8187, 3.2.1).
    if (before.peek() == '*') name.remove_prefix(name.rfind('\'') + 1);
    return {.first = name};
}

bool is_in_authority(LookBack before) {
    const LookBack end = before;
    while (before.peek() >= 0 && !kNoUser.has(before.peek()))
        before.previous();
    if (is_before_bare_authority(before)) return true;
    const std::string_view begin = before.up_to(end).substr(0, kEscapedSlashes.size());
    if (before.peek() == ':' && equals_ignoring_case(begin, kEscapedSlashes)) return true;
    if (before.previous() != '/') return false;
    if (before.peek() == '\\') before.previous();  // as JSON may escape a slash
    if (before.previous() != '/') return false;
    if (before.peek() == '\\') before.previous();
    return before.previous() == ':';
}

std::optional<std::uint64_t> announced_length(LookBack before) {
    before.skip_carriage_return();
    before.skip_blanks();
    const auto length = take_number(before);
    before.skip_blanks();
    while (before.peek() == ',') {  // the same number again (RFC 9110, 8.6)
        before.previous();
        before.skip_blanks();
        if (take_number(before) != length) return {};
        before.skip_blanks();
    }
    if (before.previous() != ':') return {};
    const auto name = header_name(before);
    if (!name || !equals_ignoring_case(name->text(), "content-length")) return {};
    return length;
}

bool announces_chunks(LookBack before) {
    constexpr CharacterSet kEmptyElements(", \t");
    before.skip_carriage_return();
    while (kEmptyElements.has(before.peek()))
        before.previous();
    if (!equals_ignoring_case(take_token(before), "chunked")) return false;
    if (before.peek() == ',') {
        while (before.peek() >= ' ' && before.peek() != ':')
            before.previous();
    }
    if (before.previous() != ':') return false;
    const auto name = header_name(before);
    return name && equals_ignoring_case(name->text(), "transfer-encoding");
}

bool announces_form(LookBack before) {
    constexpr std::string_view kForm = "application/x-www-form-urlencoded";
    const std::string_view line = rest_of_line(before);
    const auto is_same = [](char a, char b) { return to_lower(a) == b; };
    return std::search(line.begin(), line.end(), kForm.begin(), kForm.end(), is_same) != line.end();
}

bool is_start_line(LookBack before) {
    before.skip_carriage_return();
    const std::string_view text = rest_of_line(before);
    const std::size_t version = text.find("HTTP/1.");
    if (version == text.npos) return false;
    constexpr std::size_t kVersionSize = 8;
    const std::string_view rest = text.substr(std::min(text.size(), version + kVersionSize));
    return rest.empty() || rest.front() == ' ';
}

bool is_status_line(const LookBack& before) {
    return rest_of_line(before).starts_with("HTTP/1.");
}

bool is_blank_line(LookBack before) {
    before.skip_carriage_return();
    return before.peek() == '\n' || before.peek() == LookBack::kStartOfLine;
}

std::string_view boundary_line(LookBack before) {
    before.skip_carriage_return();
    const LookBack end = before;
    while (before.peek() >= 0 && before.peek() != '\n')
        before.previous();
    if (before.peek() != '\n' && before.peek() != LookBack::kStartOfLine) return {};
    const std::string_view line = before.up_to(end);
    return line.size() > 2 && line.starts_with("--") ? line : std::string_view();
}

}  // namespace httpprof::format
