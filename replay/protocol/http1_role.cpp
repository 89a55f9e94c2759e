#include "replay/protocol/http1_role.h"

#include <cstddef>

#include "replay/protocol/http1_search.h"

namespace httpprof::replay {
namespace {

// Of a start line: more than its method and how its target begins.
constexpr std::size_t kTellingStart = 1024;

// Whether a target begins like one of those that clients send, well-formed or not.
bool may_be_target(std::string_view target, std::string_view method) {
    constexpr std::string_view kBeginnings = "/?*";
    return kBeginnings.find(target[0]) != target.npos || is_request_target(target, method);
}

// Whether a line with foreign parts is a request all the same. The rest of a body in front of a
// method is no part of it.
bool has_telling_target(const StartLine& line) {
    return !line.target.empty() && is_request_target(line.target, line.method) &&
           (is_known_method(line.method) || size_before_method(line.method) == 0);
}

// A method that is not known is believed where other requests came before it.
std::optional<StartLine> read_beginning(std::string_view beginning,
                                        std::optional<Message::Kind> role) {
    const auto line = parse_cut_start_line(beginning);
    if (!line || !fits_role(*line, role)) return std::nullopt;
    if (line->kind == Message::Kind::response) return line;
    const bool is_method = role || is_known_method(line->method);
    return is_method && may_be_target(line->target, line->method) ? line : std::nullopt;
}

}  // namespace

// Else who quotes a response in what is taken for requests could hide those behind it. At the
// beginning of a stream a word before the version need not be a method: it may be the rest of a
// target.
bool fits_role(const StartLine& line, std::optional<Message::Kind> role) {
    if (line.has_foreign_parts && !has_telling_target(line)) return false;
    if (role) return *role == line.kind;
    const bool is_word_and_version = line.kind == Message::Kind::request && line.target.empty();
    return !is_word_and_version || is_known_method(line.method);
}

// Its first bytes tell whether it is one: a long line that is none is not looked at again and
// again.
std::optional<StartLine> read_cut_start_line(std::string_view beginning,
                                             std::optional<Message::Kind> role) {
    if (!read_beginning(beginning.substr(0, kTellingStart), role)) return std::nullopt;
    return read_beginning(beginning, role);
}

}  // namespace httpprof::replay
