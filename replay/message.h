// An HTTP message as the parser found it in one direction of a connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/record.h"

namespace httpprof::replay {

// Where and when bytes came from: the record that carried them.
struct Origin {
    std::uint64_t time_ns = 0;  // CLOCK_BOOTTIME
    std::uint32_t pid = 0;
    std::uint64_t process_start_ns = 0;
    std::string comm;
};

// Bytes of a message that the capture does not have.
struct Gap {
    std::uint64_t offset = 0;  // from the first byte of the message on the wire
    std::uint64_t length = 0;
    format::MissingCause cause = format::MissingCause::none;
};

// What is odd about a message. to_string gives the stable id, severity() its class.
enum class AnomalyKind : std::uint8_t {
    // Severe: peers may disagree on where the message ends or what it says.
    content_length_differs,
    content_length_invalid,
    transfer_coding_unknown,
    chunk_size_invalid,
    chunk_end_missing,
    control_character,  // NUL or bare CR in a start line or field
    start_line_invalid,
    field_line_invalid,
    // Ambiguous: allowed to some, refused by others.
    content_length_with_transfer_encoding,
    content_length_repeated,
    folded_field_line,
    space_before_colon,
    colon_missing,
    chunked_in_http_1_0,
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
    std::string reason;   // of a response
    std::vector<Field> fields;
    std::vector<Field> trailers;

    std::string raw;               // the captured bytes of the message, in wire order
    std::uint64_t size = 0;        // bytes on the wire, those in gaps included
    std::string body;              // content after removal of the transfer coding, without gaps
    std::uint64_t body_size = 0;   // its size on the wire, bytes in gaps included
    std::vector<Gap> gaps;
    std::vector<Anomaly> anomalies;
    bool truncated = false;        // the end of the message was not seen

    Origin first;                   // of its first byte
    std::uint64_t last_time_ns = 0;  // of its last byte
};

}  // namespace httpprof::replay
