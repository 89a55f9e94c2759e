// Start lines and field lines of HTTP/1 messages (RFC 9112, 2 to 5). Pure functions over bytes; the
// views they return point into their arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "format/characters.h"
#include "replay/message.h"
#include "replay/protocol/http1_lines.h"

namespace httpprof::replay {

bool is_token_character(char c);
// How many token characters `text` begins with.
std::size_t token_length(std::string_view text);
// What a recipient may take for the SP of a start line (RFC 9112, 3 and 4).
inline bool is_start_line_space(char c) {
    return format::is_blank(c) || c == '\v' || c == '\f' || c == '\r';
}
// Without optional white space (SP, HTAB) at both ends.
inline std::string_view trimmed(std::string_view text) {
    const char* begin = text.data();
    const char* end = begin + text.size();
    while (begin != end && format::is_blank(*begin))
        ++begin;
    while (begin != end && format::is_blank(end[-1]))
        --end;
    return {begin, end};
}
// use(element) for each element of a comma-separated list, in order and trimmed. Some may be empty,
// and are to be ignored (RFC 9110, 5.6.1.2).
template <typename Use>
void for_each_element(std::string_view list, Use use) {
    while (true) {
        const auto comma = list.find(',');
        use(trimmed(list.substr(0, comma)));
        if (comma == list.npos) return;
        list.remove_prefix(comma + 1);
    }
}
// The line without LF or CRLF at its end.
std::string_view without_line_end(std::string_view line);
// With its end. All, where no line ends in `bytes`.
inline std::string_view first_line(std::string_view bytes) {
    const auto line_feed = bytes.find('\n');
    return line_feed == bytes.npos ? bytes : bytes.substr(0, line_feed + 1);
}
// What the beginning of a line says about the line.
enum class Probe : std::uint8_t { needs_more, plausible, impossible };

// Can a line that begins so be a start line? `impossible` means that parse_start_line refuses it,
// however it goes on. Only the method, or "HTTP/" and a digit, is looked at.
Probe probe_start_line(std::string_view beginning);
// Can a line that begins so be the field line or the empty line after a start line?
Probe probe_field_line(std::string_view beginning);

struct StartLine {
    Message::Kind kind = Message::Kind::request;
    std::string_view version;
    std::string_view method;
    std::string_view target;
    std::string_view reason;
    int status = 0;
    bool exact = true;  // false: understood, but no start line of HTTP/1; peers may refuse it
    bool has_plain_target = false;  // nothing in it takes a closer look
    // The method is no token, or words follow the version: other text may look so.
    bool has_foreign_parts = false;
    bool is_whole_message = false;  // a request of HTTP/0.9: no header section follows
};

// `line` is without its end. Nothing when it is no start line of HTTP. Other versions than HTTP/1
// are accepted for what they are, but not the preface of HTTP/2.
std::optional<StartLine> parse_start_line(std::string_view line);

// What the beginning of a start line says whose end is not there, where that is no doubt about it:
// of a request the method, the target as far as it goes, and perhaps the version; of a response the
// version, the status, and what there is of the reason.
std::optional<StartLine> parse_cut_start_line(std::string_view beginning);

// Notes what is in front of a start line: blank lines, and other white space that a recipient may
// ignore (RFC 9112, 2.2 and 3).
void check_before_start(std::string_view space, Message& message);

// Notes what is odd about the start line that begins at `start` of `head`, the bytes of `message`.
void check_start_line(std::string_view head, std::size_t start, const StartLine& line,
                      Message& message);

// Appends the fields of a header or trailer section to `fields`, with their places in `bytes`, and
// what is odd to `message`. The lines are those in `index` from `first_line` on; they begin at
// `begin` of `bytes`, which begins at `offset` of the message. A line that is not a field is noted
// and left out.
void parse_fields(std::string_view bytes, const LineIndex& index, std::size_t begin,
                  std::size_t first_line, std::uint64_t offset, std::vector<Field>& fields,
                  Message& message);

// The value of a field whose places are in `bytes`.
std::string_view value_in(std::string_view bytes, const Field& field, const Message& message);

// Of a version as in a start line.
bool is_before_1_1(std::string_view version);

// Notes a repeated or invalid Host (RFC 9112, 3.2) of a request with this header section, one that
// is not what its target says, and a missing one where that is all of it.
void check_host(std::string_view head, Message& message, bool is_whole = true);

}  // namespace httpprof::replay
