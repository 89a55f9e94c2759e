#include "replay/protocol/http1_head.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <span>

#include "format/characters.h"
#include "format/percent_encoding.h"
#include "replay/protocol/authority.h"
#include "replay/protocol/name_mask.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kProtocol = "HTTP/";
// RFC 9113, 3.4. It looks like a request so that servers of HTTP/1 refuse it.
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0";
// Longer is neither a method nor the name of a first field that anybody uses. It bounds what has to
// be looked at again when bytes come one by one.
constexpr std::size_t kProbedToken = 256;

// Up to the first white space. Not find_first_of, which looks each character up in the set.
std::size_t word_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && !format::is_blank(text[length]))
        ++length;
    return length;
}

std::string_view without_start_line_space(std::string_view text) {
    while (!text.empty() && is_start_line_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_start_line_space(text.back()))
        text.remove_suffix(1);
    return text;
}

// How long the first word is, where it begins like a method; some send what is none (RFC
// 9110, 9.1).
std::size_t method_length(std::string_view text) {
    if (text.empty() || !is_token_character(text[0])) return 0;
    const auto is_printed = [](char c) { return c > ' ' && c < 0x7f; };
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_printed) - text.begin());
}

bool starts_with_protocol(std::string_view text) {
    return text.starts_with(kProtocol) ||
           equals_ignoring_case(text.substr(0, kProtocol.size()), kProtocol);
}

// What stands after "HTTP/", with `exact` cleared for what is not HTTP/1 by the grammar.
std::optional<std::string_view> parse_version(std::string_view word, bool& exact) {
    if (word.size() <= kProtocol.size() || !starts_with_protocol(word)) return std::nullopt;
    const auto behind = word.substr(kProtocol.size());
    if (!format::is_digit(behind[0])) return std::nullopt;
    const auto version = behind.substr(0, token_length(behind));
    const bool is_http1 =
        version.size() == 3 && version.starts_with("1.") && format::is_digit(version[2]);
    exact = exact && is_http1 && version.size() == behind.size() && word.starts_with(kProtocol);
    return version;
}

// status-line = HTTP-version SP status-code SP [ reason-phrase ]. The second SP is often left out
// where there is no reason. Other white space is understood as RFC 9112, 4 allows, and so is a
// reason right behind the three digits.
std::optional<StartLine> parse_status_line(std::string_view line) {
    StartLine result;
    result.kind = Message::Kind::response;
    const auto version_end =
        static_cast<std::size_t>(std::ranges::find_if(line, is_start_line_space) - line.begin());
    if (version_end == line.size()) return std::nullopt;
    const auto version = parse_version(line.substr(0, version_end), result.exact);
    if (!version) return std::nullopt;
    result.version = *version;

    auto code = version_end;
    while (code < line.size() && is_start_line_space(line[code]))
        ++code;
    if (code != version_end + 1 || line[version_end] != ' ') result.exact = false;
    const auto rest = line.substr(code);
    const char* const end = rest.data() + rest.size();
    const char* const stop = std::find_if_not(rest.data(), end, format::is_digit);
    if (std::from_chars(rest.data(), stop, result.status).ec != std::errc()) return std::nullopt;
    const bool has_three_digits = stop - rest.data() == 3;
    const bool is_word = stop == end || is_start_line_space(*stop);
    if (!is_word && !has_three_digits) return std::nullopt;
    if (!has_three_digits || (stop != end && *stop != ' ')) result.exact = false;
    const auto behind = rest.substr(static_cast<std::size_t>(stop - rest.data()));
    result.reason = behind.substr(is_word && !behind.empty() ? 1 : 0);
    return result;
}

// All of a request of HTTP/0.9: "GET", one space and a path.
std::optional<StartLine> parse_simple_request(std::string_view line) {
    constexpr std::string_view kGet = "GET ";
    if (!line.starts_with("GET /")) return std::nullopt;
    StartLine result;
    result.version = "0.9";
    result.method = line.substr(0, kGet.size() - 1);
    result.target = line.substr(kGet.size());
    if (word_length(result.target) != result.target.size()) return std::nullopt;
    result.exact = false;
    result.is_whole_message = true;
    return result;
}

// What nearly all targets are made of: no white space, and nothing that is encoded or may have to
// be.
constexpr auto kPlain = format::CharacterSet::alphanumeric_and("!$&'*+-._|~/?():;,=@[]");

bool is_plain(std::string_view target) {
    bool plain = true;
#pragma GCC unroll 8
    for (const char c : target)
        plain &= kPlain.has(c);
    return plain;
}

// request-line = method SP request-target SP HTTP-version
std::optional<StartLine> parse_exact_request_line(std::string_view line) {
    constexpr std::string_view kBeforeMinor = " HTTP/1.";
    const auto method_size = token_length(line.substr(0, kProbedToken + 1));
    const auto rest = line.substr(method_size);
    if (method_size == 0 || method_size > kProbedToken || rest.size() < kBeforeMinor.size() + 3)
        return std::nullopt;
    const auto end = rest.substr(rest.size() - kBeforeMinor.size() - 1);
    const auto target = rest.substr(1, rest.size() - end.size() - 1);
    if (rest[0] != ' ' || !end.starts_with(kBeforeMinor) || !format::is_digit(end.back()))
        return std::nullopt;
    StartLine result;
    result.has_plain_target = is_plain(target);
    if (!result.has_plain_target && word_length(target) != target.size()) return std::nullopt;
    result.method = line.substr(0, method_size);
    result.target = target;
    result.version = end.substr(kProtocol.size() + 1);
    return result;
}

// Where the last word that begins like a version does; npos for nowhere.
std::size_t find_version(std::string_view words) {
    for (auto at = words.size(); (at = words.rfind('/', at)) != words.npos && at > 0; --at) {
        const auto begin = at + 1 - std::min(at + 1, kProtocol.size());
        const bool is_word = begin == 0 || is_start_line_space(words[begin - 1]);
        bool exact = true;
        if (is_word && parse_version(words.substr(begin), exact)) return begin;
    }
    return words.npos;
}

// More white space, and white space inside of the target, is understood as RFC 9112, 3 allows.
std::optional<StartLine> parse_odd_request_line(std::string_view line) {
    StartLine result;
    result.exact = false;
    result.method = line.substr(0, method_length(line));
    const auto words = without_start_line_space(line.substr(result.method.size()));
    const auto version_start = find_version(words);
    if (version_start == words.npos) return parse_simple_request(line);
    const auto behind_target = words.substr(version_start);
    result.version = *parse_version(behind_target, result.exact);
    result.target = without_start_line_space(words.substr(0, version_start));
    result.has_foreign_parts = token_length(result.method) != result.method.size() ||
                               std::ranges::any_of(behind_target, is_start_line_space);
    return result;
}

// One that ends within the target or the version: the last word, if it begins like that.
std::optional<StartLine> parse_cut_request_line(std::string_view line) {
    constexpr std::string_view kVersion = "HTTP/1.1";
    const auto method_size = token_length(line.substr(0, kProbedToken + 1));
    if (method_size == 0 || method_size == line.size() || !format::is_blank(line[method_size]))
        return std::nullopt;
    StartLine result;
    result.method = line.substr(0, method_size);
    result.target = trimmed(line.substr(method_size));
    const auto space = result.target.find_last_of(" \t");
    if (space != result.target.npos) {
        const auto word = result.target.substr(space + 1);
        const auto version =
            word.size() < kVersion.size() ? std::nullopt : parse_version(word, result.exact);
        if (version) result.version = *version;
        if (version || kVersion.starts_with(word))
            result.target = trimmed(result.target.substr(0, space));
    }
    return result.target.empty() ? std::nullopt : std::optional(result);
}

// What is never as it is in a path (RFC 3986, 3.3). Not all: '|', '[' and ']' browsers do send so.
constexpr format::CharacterSet kEncoded("\"<>\\^`{}");

// Queries are left alone: too many are written by hand.
bool has_unencoded_in_path(std::string_view target) {
    const auto path = target.substr(0, target.find('?'));
    return std::ranges::any_of(path, [](char c) { return kEncoded.has(c); }) ||
           !format::is_percent_encoded(path);
}

// Has it a byte that a request target must have in encoded form, or a fragment?
bool has_unencoded(std::string_view target) {
    std::uint64_t high = 0;
    std::size_t i = 0;
    for (std::uint64_t word = 0; i + sizeof word <= target.size(); i += sizeof word) {
        std::memcpy(&word, target.data() + i, sizeof word);
        high |= word;
    }
    for (; i < target.size(); ++i)
        high |= static_cast<unsigned char>(target[i]);
    return (high & 0x8080808080808080U) != 0 || target.find('#') != target.npos ||
           has_unencoded_in_path(target);
}

// RFC 9112, 3.2. SSDP has the asterisk form with methods of its own.
bool is_form_of(std::string_view target, std::string_view method) {
    if (method == "CONNECT") return is_authority_form(target);
    if (target[0] == '/') return true;
    if (target == "*") return method == "OPTIONS" || method == "M-SEARCH" || method == "NOTIFY";
    return is_absolute_form(target);
}

// How long the name of a field line is; 0 when it takes a closer look.
inline std::size_t usual_name_length(std::string_view line) {
#ifdef __SSE2__
    const auto length_in = [line](std::size_t block, std::uint32_t others) {
        const auto length = block + static_cast<std::size_t>(std::countr_zero(others));
        return line[length] == ':' ? length : 0;
    };
    std::size_t block = 0;
    for (; line.size() - block >= kNameBlockSize; block += kNameBlockSize) {
        const auto others = other_than_name_mask(line.data() + block);
        if (others != 0) [[likely]]
            return length_in(block, others);
    }
    if (block > 0) {
        // With some bytes of the block before.
        const auto last = line.size() - kNameBlockSize;
        const auto others = other_than_name_mask(line.data() + last);
        if (others != 0) return length_in(last, others);
    }
#endif
    const std::size_t length = token_length(line);
    return length < line.size() && line[length] == ':' ? length : 0;
}

// Where fields are taken from and go to.
struct Section {
    std::string_view bytes;
    std::uint64_t offset = 0;  // of the bytes, in the message
    std::vector<Field>& fields;
    Message& message;

    void note_at(AnomalyKind kind, std::size_t position) { note(message, kind, offset + position); }
    Range range(std::string_view text) const {
        return {static_cast<std::uint32_t>(text.data() - bytes.data()),
                static_cast<std::uint32_t>(text.size())};
    }
};

// A line without its end that begins at `begin`.
void parse_line(std::size_t begin, std::string_view line, Section& section) {
    const auto colon = line.find(':');
    if (colon == line.npos) return section.note_at(AnomalyKind::colon_missing, begin);
    const auto name = trimmed(line.substr(0, colon));
    if (name.size() != colon) {
        section.note_at(AnomalyKind::space_before_colon, begin + name.size());
    }
    if (name.size() != token_length(line)) {
        section.note_at(AnomalyKind::field_line_invalid, begin);
    }
    if (name.empty()) return section.note_at(AnomalyKind::field_line_invalid, begin);
    section.fields.push_back({section.range(name), section.range(trimmed(line.substr(colon + 1)))});
}

// A line that begins with white space goes on with the field before it (RFC 9112, 5.2). Before the
// first field it is ignored (2.2).
void parse_fold(std::size_t begin, std::string_view line, bool after_field, Section& section) {
    if (!after_field) return section.note_at(AnomalyKind::field_line_invalid, begin);
    section.note_at(AnomalyKind::folded_field_line, begin);
    Field& field = section.fields.back();
    auto& texts = section.message.unfolded;
    if (field.unfolded < 0) {
        field.unfolded = static_cast<std::int32_t>(texts.size());
        texts.emplace_back(section.bytes.substr(field.value.begin, field.value.size));
    }
    // Line by line: unfolded() each time would take quadratic time.
    const auto part = trimmed(line);
    if (!texts.back().empty() && !part.empty()) texts.back() += ' ';
    texts.back() += part;
    const std::size_t value_size = begin + line.size() - field.value.begin;
    field.value = section.range(trimmed(section.bytes.substr(field.value.begin, value_size)));
}

}  // namespace

bool is_token_character(char c) {
    return format::kTokenCharacters.has(c);
}

std::size_t token_length(std::string_view text) {
    std::size_t length = 0;
#ifdef __SSE2__
    // The other token characters are rare: they are left to the table.
    for (; text.size() - length >= kNameBlockSize; length += kNameBlockSize) {
        const std::uint32_t others = other_than_name_mask(text.data() + length);
        if (others == 0) continue;
        length += static_cast<std::size_t>(std::countr_zero(others));
        break;
    }
#endif
    while (length < text.size() && is_token_character(text[length]))
        ++length;
    return length;
}

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
        if (line.ends_with('\r')) line.remove_suffix(1);
    }
    return line;
}

Probe probe_start_line(std::string_view beginning) {
    if (starts_with_protocol(beginning)) {
        if (beginning.size() == kProtocol.size()) return Probe::needs_more;
        return format::is_digit(beginning[kProtocol.size()]) ? Probe::plausible : Probe::impossible;
    }
    const auto length = method_length(beginning.substr(0, kProbedToken + 1));
    if (length > kProbedToken) return Probe::impossible;
    if (length == beginning.size()) return Probe::needs_more;
    return length > 0 && is_start_line_space(beginning[length]) ? Probe::plausible
                                                                : Probe::impossible;
}

Probe probe_field_line(std::string_view beginning) {
    if (beginning.empty() || beginning == "\r") return Probe::needs_more;
    if (beginning[0] == '\n' || beginning.starts_with("\r\n")) return Probe::plausible;
    const auto length = token_length(beginning.substr(0, kProbedToken + 1));
    if (length == 0 || length > kProbedToken) return Probe::impossible;
    if (length == beginning.size()) return Probe::needs_more;
    return beginning[length] == ':' ? Probe::plausible : Probe::impossible;
}

std::optional<StartLine> parse_start_line(std::string_view line) {
    if (const auto exact = parse_exact_request_line(line)) return exact;
    if (line == kHttp2Preface || probe_start_line(line) != Probe::plausible) return std::nullopt;
    return starts_with_protocol(line) ? parse_status_line(line) : parse_odd_request_line(line);
}

std::optional<StartLine> parse_cut_start_line(std::string_view beginning) {
    if (beginning.ends_with('\r')) beginning.remove_suffix(1);
    if (starts_with_protocol(beginning)) {
        const auto line = parse_status_line(beginning);
        return line && line->exact ? line : std::nullopt;
    }
    if (const auto whole = parse_exact_request_line(beginning)) return whole;
    return parse_cut_request_line(beginning);
}

void check_before_start(std::string_view space, Message& message) {
    const auto note_at = [&message](AnomalyKind kind, std::size_t at) {
        if (at != std::string_view::npos) note(message, kind, at);
    };
    if (space.find('\n') != space.npos) note_at(AnomalyKind::blank_line_before_start, 0);
    note_at(AnomalyKind::control_character, find_control(space));
    note_at(AnomalyKind::start_line_invalid, space.find_first_of(" \t"));
    for (std::size_t i = 0; i < space.size(); ++i) {
        const bool is_bare = space[i] == '\n' && (i == 0 || space[i - 1] != '\r');
        if (is_bare) return note_at(AnomalyKind::bare_lf, i);
    }
}

void check_start_line(std::string_view head, std::size_t start, const StartLine& line,
                      Message& message) {
    const auto offset_of = [head](std::string_view part) {
        return static_cast<std::uint64_t>(part.data() - head.data());
    };
    if (!line.exact) {
        note(message, AnomalyKind::start_line_invalid, start);
    } else if (line.version != "1.1" && line.version != "1.0") {
        note(message, AnomalyKind::version_unknown, offset_of(line.version));
    }
    if (line.kind == Message::Kind::response) {
        const bool is_valid = line.status >= 100 && line.status <= 599;
        if (!is_valid) note(message, AnomalyKind::status_invalid, start);
    } else if (!line.target.empty()) {
        const bool is_valid = is_form_of(line.target, line.method) &&
                              (line.has_plain_target || !has_unencoded(line.target));
        if (!is_valid) note(message, AnomalyKind::target_invalid, offset_of(line.target));
    }
}

void parse_fields(std::string_view bytes, const LineIndex& index, std::size_t begin,
                  std::size_t first_line, std::uint64_t offset, std::vector<Field>& fields,
                  Message& message) {
    Section section{bytes, offset, fields, message};
    fields.reserve(index.lines.size());
    bool after_field = false;
    for (const LineIndex::Line& place : std::span(index.lines).subspan(first_line)) {
        const std::size_t line_begin = begin + place.begin;
        const std::string_view line(bytes.data() + line_begin, place.end - place.begin);
        if (const auto name_size = usual_name_length(line); name_size > 0) [[likely]] {
            const std::string_view name(line.data(), name_size);
            const std::string_view value(name.end() + 1, line.end());
            fields.push_back({section.range(name), section.range(trimmed(value))});
            after_field = true;
        } else if (format::is_blank(line[0])) {
            parse_fold(line_begin, line, after_field, section);
        } else {
            const auto count = fields.size();
            parse_line(line_begin, line, section);
            after_field = fields.size() > count;
        }
    }
}

std::string_view value_in(std::string_view bytes, const Field& field, const Message& message) {
    return field.unfolded < 0 ? text_in(bytes, field.value)
                              : message.unfolded[static_cast<std::size_t>(field.unfolded)];
}

bool is_before_1_1(std::string_view version) {
    return version == "1.0" || version.starts_with("0.");
}

void check_host(std::string_view head, Message& message, bool is_whole) {
    const auto target = text_in(head, message.target);
    // That of CONNECT is a host and a port, of whatever name.
    const bool may_be_url = !target.starts_with('/') && text_in(head, message.method) != "CONNECT";
    bool found = false;
    for (const auto& field : message.fields) {
        if (!equals_ignoring_case(text_in(head, field.name), "Host")) continue;
        if (found) note(message, AnomalyKind::host_repeated, field.name.begin);
        const auto value = value_in(head, field, message);
        if (!is_host_value(value)) note(message, AnomalyKind::host_invalid, field.name.begin);
        if (may_be_url && !is_host_of(value, target))
            note(message, AnomalyKind::host_differs, field.name.begin);
        found = true;
    }
    if (found || !is_whole) return;
    const bool needs_host = message.version.starts_with("1.") && !is_before_1_1(message.version);
    if (needs_host) note(message, AnomalyKind::host_missing, 0);
}

}  // namespace httpprof::replay
