// An HTTP message as the parser found it in one direction of a connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/record.h"

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
    // A gap that cuts a message off has its whole length here, though the message may have ended
    // inside of it.
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
};

enum class Severity : std::uint8_t { severe, ambiguous, minor, capture };

std::string_view to_string(AnomalyKind kind);
Severity severity(AnomalyKind kind);
std::string_view to_string(Severity severity);

struct Anomaly {
    AnomalyKind kind;
    std::uint64_t offset = 0;  // from the first byte of the message on the wire
};

struct Field {
    std::string name;
    std::string value;  // without the optional white space around it (RFC 9110, 5.5)
};

struct Message {
    enum class Kind : std::uint8_t { request, response };

    Kind kind = Kind::request;
    std::string version;  // "1.1"
    std::string method;   // of a request
    std::string target;   // of a request, as on the wire
    int status = 0;       // of a response
    std::string reason;   // of a response, as on the wire
    std::vector<Field> fields;
    std::vector<Field> trailers;

    std::string raw;  // the captured bytes of the message, in wire order
    // Bytes on the wire, those in gaps included; of a truncated message those that are known to
    // belong to it.
    std::uint64_t size = 0;
    std::string body;             // content after removal of the transfer coding, without gaps
    std::uint64_t body_size = 0;  // its size on the wire, bytes in gaps included
    std::vector<Gap> gaps;
    std::vector<Anomaly> anomalies;  // by offset; each kind once, where it first occurred
    bool truncated = false;          // the end of the message was not seen

    // Of the first byte of its start line: blank lines before it are bytes of the message, but may
    // have been sent with the one before, long ago.
    Origin first;
    std::uint64_t last_time_ns = 0;  // of its last byte
};

// Adds an anomaly to the message's list unless one of the same kind is there.
void note(Message& message, AnomalyKind kind, std::uint64_t offset);

}  // namespace httpprof::replay
