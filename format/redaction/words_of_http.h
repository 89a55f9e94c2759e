// The few words of HTTP that redaction knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace httpprof::format {

bool is_cookie(std::string_view header_name);
bool is_set_cookie(std::string_view header_name);
// Whether the value of such a header is nothing but a URL.
bool is_url(std::string_view header_name);
bool is_cookie_attribute(std::string_view name);

// The size of an authentication scheme at the beginning of a header's value and of the space behind
// it; 0 when there is none.
std::size_t scheme_size(std::string_view value);

enum class StartMatch : std::uint8_t { none, begun, whole };

// Whether a message begins in this way: with HTTP/1, or a method that is in use and a space.
StartMatch match_message_start(std::string_view bytes);

// Whether a start line with such a beginning is all there.
bool begins_with_start_line(std::string_view bytes);

// Where in a line a message begins, perhaps directly behind a body; or the size of the line.
std::size_t find_message_start(std::string_view line);

// Whether the first bytes of a stream are the beginning of something, as far as they tell: of a
// message, however odd its start line; of a header, or of what is no text. Else they are the rest
// of what began before.
bool begins_something(std::string_view bytes);

// Whether a field line begins there.
bool begins_with_header(std::string_view bytes);

// Whether bytes with an unknown beginning go on with the rest of a line of a head, or even a whole
// one. `after_gap`: within a stream; otherwise they begin nothing.
bool is_rest_of_head(std::string_view bytes, bool after_gap);

// Whether they may go on with a value in a form, in JSON, or before a header that is cut. Other
// protocols end lines.
bool is_rest_of_value(std::string_view bytes);

// Whether they begin with what may be the line between two chunks of a body.
bool begins_with_chunk_line(std::string_view bytes);

}  // namespace httpprof::format
