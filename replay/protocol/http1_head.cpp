#include "replay/protocol/http1_head.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace httpprof::replay {
namespace {

constexpr std::string_view kVersionStart = "HTTP/1.";
// Longer is neither a method nor the name of a first field that anybody uses. It bounds what has to
// be looked at again when bytes come one by one.
constexpr std::size_t kProbedToken = 256;

constexpr std::array<bool, 256> make_token_table() {
    std::array<bool, 256> table{};
    for (unsigned c = '0'; c <= '9'; ++c)
        table[c] = true;
    for (unsigned c = 'A'; c <= 'Z'; ++c)
        table[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c)
        table[c] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}
constexpr std::array<bool, 256> kTokenTable = make_token_table();

bool is_white_space(char c) {
    return c == ' ' || c == '\t';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Up to the first white space. Not find_first_of, which looks each character up in the set.
std::size_t word_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && !is_white_space(text[length]))
        ++length;
    return length;
}

// The digits after "HTTP/1.", with `exact` cleared where the grammar wants something else.
std::optional<std::string_view> parse_version(std::string_view word, bool& exact) {
    if (word.size() <= kVersionStart.size()) return std::nullopt;
    if (!equals_ignoring_case(word.substr(0, kVersionStart.size()), kVersionStart)) {
        return std::nullopt;
    }
    const auto minor = word.substr(kVersionStart.size());
    if (!std::all_of(minor.begin(), minor.end(), is_digit)) return std::nullopt;
    exact = exact && minor.size() == 1 && word.starts_with("HTTP");
    return word.substr(std::strlen("HTTP/"));
}

// status-line = HTTP-version SP status-code SP [ reason-phrase ]. The second SP is often left out
// where there is no reason.
std::optional<StartLine> parse_status_line(std::string_view line) {
    StartLine result;
    result.kind = Message::Kind::response;
    const auto version_end = word_length(line);
    if (version_end == line.size()) return std::nullopt;
    const auto version = parse_version(line.substr(0, version_end), result.exact);
    if (!version) return std::nullopt;
    result.version = *version;

    auto code = version_end;
    while (code < line.size() && is_white_space(line[code]))
        ++code;
    if (code != version_end + 1 || line[version_end] != ' ') result.exact = false;
    const auto rest = line.substr(code);
    if (rest.size() < 3 || !std::all_of(rest.begin(), rest.begin() + 3, is_digit)) {
        return std::nullopt;
    }
    if (rest.size() > 3 && !is_white_space(rest[3])) return std::nullopt;
    if (rest[0] == '0' || (rest.size() > 3 && rest[3] != ' ')) result.exact = false;
    result.status = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
    if (rest.size() > 4) result.reason = rest.substr(4);
    return result;
}

// request-line = method SP request-target SP HTTP-version. More white space, and white space inside
// of the target, is understood as RFC 9112, 3 allows: the version is the last word.
std::optional<StartLine> parse_request_line(std::string_view line) {
    StartLine result;
    const auto method_size = token_length(line);
    result.method = line.substr(0, method_size);
    const auto rest = line.substr(method_size);
    const auto words = trimmed(rest);
    auto version_start = words.size();
    while (version_start > 0 && !is_white_space(words[version_start - 1]))
        --version_start;
    const auto version = parse_version(words.substr(version_start), result.exact);
    if (!version) return std::nullopt;
    result.version = *version;
    result.target = trimmed(words.substr(0, version_start));

    const bool single_spaces =
        rest.size() == result.target.size() + words.size() - version_start + 2;
    if (!single_spaces || result.target.empty() || rest.find('\t') != rest.npos ||
        result.target.find(' ') != result.target.npos) {
        result.exact = false;
    }
    return result;
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

// A line without its end that begins at `begin` and is no usual field line.
void parse_odd_line(std::size_t begin, std::string_view line, Section& section) {
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
    return kTokenTable[static_cast<unsigned char>(c)];
}

std::size_t token_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && is_token_character(text[length]))
        ++length;
    return length;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_white_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_white_space(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
        if (line.ends_with('\r')) line.remove_suffix(1);
    }
    return line;
}

Probe probe_start_line(std::string_view beginning) {
    if (beginning.starts_with(kVersionStart)) return Probe::plausible;
    if (kVersionStart.starts_with(beginning)) return Probe::needs_more;
    const auto length = token_length(beginning.substr(0, kProbedToken + 1));
    if (length > kProbedToken) return Probe::impossible;
    if (length == beginning.size()) return Probe::needs_more;
    return length > 0 && is_white_space(beginning[length]) ? Probe::plausible : Probe::impossible;
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
    if (probe_start_line(line) != Probe::plausible) return std::nullopt;
    return line.starts_with(kVersionStart) ? parse_status_line(line) : parse_request_line(line);
}

void parse_fields(std::string_view bytes, const LineIndex& index, std::size_t begin,
                  std::size_t first_line, std::uint64_t offset, std::vector<Field>& fields,
                  Message& message) {
    Section section{bytes, offset, fields, message};
    fields.reserve(index.lines.size());
    bool after_field = false;
    for (std::size_t i = first_line; i < index.lines.size(); ++i) {
        const std::size_t line_begin = begin + index.lines[i].begin;
        const auto line = bytes.substr(line_begin, index.lines[i].end - index.lines[i].begin);
        const auto name_size = token_length(line);
        if (name_size > 0 && name_size < line.size() && line[name_size] == ':') [[likely]] {
            Field& field = fields.emplace_back();
            field.name = section.range(line.substr(0, name_size));
            field.value = section.range(trimmed(line.substr(name_size + 1)));
            after_field = true;
        } else if (is_white_space(line[0])) {
            parse_fold(line_begin, line, after_field, section);
        } else {
            const auto count = fields.size();
            parse_odd_line(line_begin, line, section);
            after_field = fields.size() > count;
        }
    }
}

std::string_view value_in(std::string_view bytes, const Field& field, const Message& message) {
    return field.unfolded < 0 ? bytes.substr(field.value.begin, field.value.size)
                              : message.unfolded[static_cast<std::size_t>(field.unfolded)];
}

void check_host(std::string_view head, Message& message) {
    bool found = false;
    for (const auto& field : message.fields) {
        if (!equals_ignoring_case(head.substr(field.name.begin, field.name.size), "Host")) continue;
        if (found) note(message, AnomalyKind::host_repeated, field.name.begin);
        found = true;
    }
    if (!found && message.version != "1.0") note(message, AnomalyKind::host_missing, 0);
}

}  // namespace httpprof::replay
