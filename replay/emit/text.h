// The text forms that more than one output uses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "format/record.h"

namespace httpprof::replay {

// Whether the bytes are well-formed UTF-8 (Unicode 15, table 3-7).
bool is_utf8(std::string_view bytes);

// Takes the first code point of well-formed UTF-8, which is not empty.
char32_t take_code_point(std::string_view& text);

// \u{NNNN}
void append_code_point_number(std::string& text, char32_t point);

// A beginning of at most `size` bytes that parts no character of UTF-8.
std::string_view cut_text(std::string_view text, std::uint64_t size);

// Some `size` bytes from `from` on that part no character of UTF-8, with an ellipsis at each end
// where something was cut off.
std::string excerpt(std::string_view text, std::size_t from, std::size_t size);

// The bytes if they are UTF-8; else each byte taken as an ISO-8859-1 character, which loses
// nothing.
std::string as_utf8(std::string_view bytes);

// Each byte of a control character, and of what is not UTF-8, as \xNN.
std::string without_controls(std::string_view bytes);

// For a terminal, which acts on control characters, and on those that turn the direction of text:
// the same, with \u{NNNN} for these.
std::string printable(std::string_view bytes);
// The same of JSON, which then means what it did: they are \uNNNN, but for the ends of lines.
std::string printable_json(std::string_view json);

// Lower-case hexadecimal.
std::string hex(std::string_view bytes);

// "2024-04-08T18:24:10.123456789Z": RFC 3339, always with nine decimals, UTC.
std::string rfc3339(std::int64_t realtime_ns);

// The address as in front of a port: "10.0.0.1", "[::1]".
std::string host_text(const format::Endpoint& endpoint);
// "10.0.0.1:80", "[::1]:80".
std::string endpoint_text(const format::Endpoint& endpoint);

// NUL-terminated arguments joined with one space; without the NULs that some programs leave behind.
std::string command_line(std::string_view arguments);

}  // namespace httpprof::replay
