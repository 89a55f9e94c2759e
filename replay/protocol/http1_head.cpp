#include "replay/protocol/http1_head.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace httpprof::replay {
namespace {

constexpr std::string_view kVersionStart = "HTTP/1.";
constexpr std::string_view kWhiteSpace = " \t";
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
    const auto version_end = line.find_first_of(kWhiteSpace);
    if (version_end == line.npos) return std::nullopt;
    const auto version = parse_version(line.substr(0, version_end), result.exact);
    if (!version) return std::nullopt;
    result.version = *version;

    const auto code = line.find_first_not_of(kWhiteSpace, version_end);
    if (code == line.npos) return std::nullopt;
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
    const auto version_gap = words.find_last_of(kWhiteSpace);
    const auto version_start = version_gap == words.npos ? 0 : version_gap + 1;
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

// Adds one field line, given without its end, or notes what it is instead.
void parse_field_line(std::string_view line, std::uint64_t offset, std::vector<FieldLine>& lines,
                      Message& message) {
    const auto name_size = token_length(line);
    if (name_size > 0 && name_size < line.size() && line[name_size] == ':') [[likely]] {
        lines.push_back({line.substr(0, name_size), trimmed(line.substr(name_size + 1)), offset});
        return;
    }
    const auto colon = line.find(':');
    if (colon == line.npos) return note(message, AnomalyKind::colon_missing, offset);
    const auto name = trimmed(line.substr(0, colon));
    if (name.size() != colon) note(message, AnomalyKind::space_before_colon, offset + name.size());
    if (name.size() != name_size) note(message, AnomalyKind::field_line_invalid, offset);
    if (name.empty()) return note(message, AnomalyKind::field_line_invalid, offset);
    lines.push_back({name, trimmed(line.substr(colon + 1)), offset});
}

// A line that begins with white space goes on with the field before it. Before the first field it
// is ignored (RFC 9112, 2.2).
void parse_fold(std::string_view line, std::uint64_t offset, bool after_field,
                std::vector<FieldLine>& lines, Message& message) {
    if (!after_field) return note(message, AnomalyKind::field_line_invalid, offset);
    note(message, AnomalyKind::folded_field_line, offset);
    auto& value = lines.back().value;
    lines.back().folded = true;
    const auto size = static_cast<std::size_t>(line.data() + line.size() - value.data());
    value = trimmed({value.data(), size});
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

std::string unfolded(const FieldLine& line) {
    std::string result;
    for (auto rest = line.value; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
        const auto part = trimmed(without_line_end(rest.substr(0, end)));
        if (!result.empty() && !part.empty()) result += ' ';
        result += part;
        rest.remove_prefix(end);
    }
    return result;
}

void append_fields(const std::vector<FieldLine>& lines, std::string_view section,
                   std::size_t raw_begin, Message& message, std::vector<Field>& fields) {
    const auto range = [&](std::string_view text) {
        const auto begin = static_cast<std::size_t>(text.data() - section.data());
        return Range{static_cast<std::uint32_t>(raw_begin + begin),
                     static_cast<std::uint32_t>(text.size())};
    };
    fields.reserve(fields.size() + lines.size());
    for (const auto& line : lines) {
        Field& field = fields.emplace_back(Field{range(line.name), range(line.value)});
        if (!line.folded) continue;
        field.unfolded = static_cast<std::int32_t>(message.unfolded.size());
        message.unfolded.push_back(unfolded(line));
    }
}

void parse_field_section(std::string_view section, std::uint64_t offset,
                         std::vector<FieldLine>& lines, Message& message) {
    LineIndex index;
    index_lines(section, index);
    if (index.bare_lf != section.npos) note(message, AnomalyKind::bare_lf, offset + index.bare_lf);
    parse_field_lines(section, index, 0, offset, lines, message);
}

void parse_field_lines(std::string_view section, const LineIndex& index, std::size_t first_line,
                       std::uint64_t offset, std::vector<FieldLine>& lines, Message& message) {
    bool after_field = false;
    for (std::size_t i = first_line; i < index.lines.size(); ++i) {
        const auto [begin, end] = index.lines[i];
        const auto line = section.substr(begin, end - begin);
        if (is_white_space(line[0])) {
            parse_fold(line, offset + begin, after_field, lines, message);
        } else {
            const auto count = lines.size();
            parse_field_line(line, offset + begin, lines, message);
            after_field = lines.size() > count;
        }
    }
}

void check_host(const std::vector<FieldLine>& lines, Message& message) {
    const FieldLine* host = nullptr;
    for (const auto& line : lines) {
        if (!equals_ignoring_case(line.name, "Host")) continue;
        if (host != nullptr) note(message, AnomalyKind::host_repeated, line.offset);
        host = &line;
    }
    if (host == nullptr && message.version != "1.0") note(message, AnomalyKind::host_missing, 0);
}

}  // namespace httpprof::replay
