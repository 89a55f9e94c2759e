// An HTTP message as the parser found it in one direction of a connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/record.h"
#include "replay/spool.h"

namespace httpprof::replay {

// Where and when bytes came from: the record that carried them.
struct Origin {
    std::uint64_t time_ns = 0;  // CLOCK_BOOTTIME
    std::uint32_t pid = 0;
    std::uint64_t process_start_ns = 0;
    std::string comm;

    bool operator==(const Origin&) const = default;
};

// Bytes of a message that the capture does not have.
struct Gap {
    std::uint64_t offset = 0;  // from the first byte of the message on the wire
    // Of a gap that cuts a message off, what is known to belong to it: the rest may be of others.
    // It may be 0.
    std::uint64_t length = 0;
    format::MissingCause cause = format::MissingCause::none;
};

// What is odd about a message. to_string gives the stable id, severity() its class.
enum class AnomalyKind : std::uint8_t {
    // Severe: peers may disagree on where the message ends or what it says.
    content_length_differs,
    content_length_invalid,
    transfer_coding_unknown,
    transfer_coding_repeated,  // chunked more than once
    chunk_size_invalid,
    chunk_end_missing,
    chunk_bare_lf,      // LF alone ends the line of a chunk or its data
    control_character,  // NUL, bare CR or another in a start line, field or chunk extension
    start_line_invalid,
    field_line_invalid,
    // Ambiguous: allowed to some, refused by others.
    content_length_with_transfer_encoding,
    content_length_repeated,
    folded_field_line,
    space_before_colon,
    colon_missing,
    chunked_in_http_1_0,
    space_after_chunk_size,
    host_missing,
    host_repeated,
    host_invalid,             // no host and port
    host_differs,             // from that of the target
    data_after_coded_body,    // behind the end of its coding
    framing_lookalike,        // a name that passes for Content-Length or Transfer-Encoding to some
    framing_field_misplaced,  // one of these in a trailer, or where no body can be
    chunk_extension_invalid,
    version_unknown,   // neither HTTP/1.0 nor HTTP/1.1
    status_invalid,    // not within 100 to 599
    target_invalid,    // of no form that its method has, or with a byte that must be encoded
    content_not_sent,  // behind a refused Expect, or in what seems to answer HEAD
    // Minor.
    bare_lf,
    blank_line_before_start,
    // Of the capture.
    response_without_request,
    gap_in_header,
    gap_in_body,
    truncated,
    joined_mid_stream,
    too_large,
    body_not_decodable,
    decompression_limit_reached,
};

enum class Severity : std::uint8_t { severe, ambiguous, minor, capture };

std::string_view to_string(AnomalyKind kind);
Severity severity(AnomalyKind kind);
std::string_view to_string(Severity severity);

struct Anomaly {
    AnomalyKind kind;
    std::uint64_t offset = 0;  // from the first byte of the message on the wire
};

// Some of the captured bytes of a message: its place in `raw`.
struct Range {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;

    bool operator==(const Range&) const = default;
};

// `bytes`: those that the range is in.
inline std::string_view text_in(std::string_view bytes, Range range) {
    return {bytes.data() + range.begin, range.size};
}

struct Field {
    Range name;
    Range value;  // without the optional white space around it (RFC 9110, 5.5)
    // Where in Message::unfolded the value stands that is written over several lines; -1 for one
    // that is not.
    std::int32_t unfolded = -1;
};

// The bytes as they were captured, and where in them is what. Nothing is copied out of them, so
// that a message takes little more memory than it took on the wire.
struct Message {
    enum class Kind : std::uint8_t { request, response };

    Kind kind = Kind::request;
    std::string version;  // "1.1"
    Range method;         // of a request
    Range target;         // of a request, as on the wire
    int status = 0;       // of a response
    Range reason;         // of a response, as on the wire
    std::vector<Field> fields;
    std::vector<Field> trailers;
    std::vector<std::string> unfolded;  // values with one space in place of each fold

    std::string raw;            // the captured bytes of the message, in wire order
    std::size_t head_size = 0;  // of those, up to the end of the header section
    // Where those behind the header section are while there is no room for them in memory. `raw`
    // lacks them then, and only ranges in the header section can be used.
    std::vector<Extent> spooled;
    // Bytes on the wire, those in gaps included; of a truncated message those that are known to
    // belong to it.
    std::uint64_t size = 0;
    std::vector<Range> content;          // what remains without the chunks, gaps left out
    std::uint64_t body_size = 0;         // of that on the wire, bytes in gaps included
    std::optional<std::string> decoded;  // the content without its codings, where it had some
    bool has_undecoded = false;          // some of the content is only there with its codings
    std::vector<Gap> gaps;
    std::vector<Anomaly> anomalies;  // by offset; each kind once, where it first occurred
    bool truncated = false;          // the end of the message was not seen

    // Of the first byte of its start line: blank lines before it are bytes of the message, but may
    // have been sent with the one before, long ago.
    Origin first;
    std::uint64_t begin = 0;  // how many bytes of the stream its parser had before that byte
    // Of each other program that sent or received some of it, its first byte: a child to which a
    // server left its socket, or what a process executed meanwhile. Of a process that goes on
    // changing its name only the first few.
    std::vector<Origin> others;
    std::uint64_t last_time_ns = 0;  // of its last byte

    std::size_t raw_size() const;  // with those that are not in memory
    // What it takes in memory, roughly, but for the bytes behind its header section.
    std::size_t memory_of_head() const;
    // Views live until the message changes.
    std::string_view text(Range range) const {
        return std::string_view(raw).substr(range.begin, range.size);
    }
    std::string_view name(const Field& field) const { return text(field.name); }
    std::string_view value(const Field& field) const;
    // The first field of the header section with this name; null when there is none.
    const Field* find(std::string_view wanted) const;
    // The pieces of the content as one.
    std::string body() const;
};

// A value that may be written over several lines, with each fold replaced by one space (RFC 9112,
// 5.2).
std::string unfolded(std::string_view value);

// As field names, codings and the like are compared (RFC 9110, 5.1). Zero for equal; else negative
// or positive, by an order of no meaning.
int compare_ignoring_case(std::string_view a, std::string_view b);
inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
    // Most that are compared differ in their size or first letter, or in nothing.
    return a.size() == b.size() && (a.empty() || ((a[0] ^ b[0]) & ~0x20) == 0) &&
           (a == b || compare_ignoring_case(a, b) == 0);
}

// Bytes of the message that follow those so far came from there.
void note_origin(Message& message, const Origin& origin);

// Adds an anomaly to the message's list unless one of the same kind is there.
void note(Message& message, AnomalyKind kind, std::uint64_t offset);

}  // namespace httpprof::replay
