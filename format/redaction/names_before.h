// What stands before a colon, an equals sign or the end of a line, as far as that says whether a
// secret follows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/redaction/look_back.h"

namespace httpprof::format {

// What the name of an element of XML is made of, with its prefix.
inline constexpr CharacterSet kTagName = CharacterSet::alphanumeric_and("_-.:");

// A name that was read backwards; good as long as the bytes that it was read from.
struct NameBefore {
    std::string_view first = {};  // as far as it is in one piece
    std::string joined = {};      // if it began in the chunk before, all of it
    bool is_cut = false;          // its beginning is among missing bytes
    bool is_in_query = false;     // or in a fragment: it is behind a question mark or the like
    bool is_at_line_start = false;
    bool is_indented = false;  // only white space is before it in its line
    bool is_first = false;     // of a text or behind a blank line
    // Of what a backslash before it escapes if this is in a string of JSON: "n", "u0026".
    std::size_t escape_size = 0;

    std::string_view text() const { return joined.empty() ? first : std::string_view(joined); }
};

// The name of a header before its colon, at the beginning of a line; also after white space, and
// with white space before the colon, as careless readers take it.
std::optional<NameBefore> header_name(LookBack before);

// The name of a JSON field in quotes, which can be escaped themselves (JSON within JSON).
std::optional<NameBefore> field_name(LookBack before);

// A name before a colon without quotes, or in single ones: of YAML, GraphQL, JavaScript.
std::optional<NameBefore> word_name(LookBack before);

// One that begins an item of a list of YAML: "- name: ".
std::optional<NameBefore> item_name(LookBack before);

// The name of an element of XML before its end, without its prefix; empty where it is none.
std::string_view tag_name(LookBack before);

// Whether only white space, or a byte order mark, is before this place in its line.
bool is_at_first_byte(LookBack before);

// A name before an equals sign, percent-encoded or not. `over_chunks`: it may have begun in the
// chunk before.
std::optional<NameBefore> parameter_name(LookBack before, bool over_chunks);

// A name before the last byte of an equals sign that is encoded, perhaps more than once: of a
// parameter in a URL that is one itself.
std::optional<NameBefore> encoded_parameter_name(LookBack before);

// Whether an equals sign comes now, before the name of a part of a multipart form (RFC 7578, 4.2):
// in its Content-Disposition, outside quotes.
bool is_before_part_name(LookBack before);
// That name before its end.
NameBefore part_name_in_quotes(LookBack before);
NameBefore part_name_without_quotes(LookBack before);

// Whether a colon in the authority of a URL ("https://host", or alone in a Host or behind CONNECT)
// comes now, before a port or a password.
bool is_in_authority(LookBack before);

// These look at a line before its line feed.
std::optional<std::uint64_t> announced_length(LookBack before);  // of a Content-Length
bool announces_chunks(LookBack before);  // a Transfer-Encoding of which chunked is the last
bool announces_form(LookBack before);    // if it is a Content-Type
// Of a message; it may stand directly behind the body of the one before.
bool is_start_line(LookBack before);
bool is_status_line(const LookBack& before);
bool is_blank_line(LookBack before);
// What may be a boundary between the parts of a multipart body (RFC 2046, 5.1.1), or nothing.
std::string_view boundary_line(LookBack before);

}  // namespace httpprof::format
