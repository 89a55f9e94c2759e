// What a filter can ask about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace httpprof::replay {

enum class TextField : std::uint8_t {
    method,
    host,
    path,
    query,
    url,
    version,
    comm,
    cmdline,
    source_ip,
    dest_ip,
    direction,
    side,
    body,
    anomaly,
    severity,
};

enum class NumberField : std::uint8_t {
    status,
    pid,
    port,
    source_port,
    dest_port,
    connection,
    latency,   // ns
    duration,  // ns
    bytes,
    body_size,
    truncated,  // 0 or 1
};

// The values of the header fields of one name.
struct HeaderField {
    std::string name;
};

using FilterField = std::variant<TextField, NumberField, HeaderField>;

// What literal a number is compared with.
enum class NumberType : std::uint8_t { integer, duration, size, boolean };

// The field of this name; header fields have their own syntax and are not among them.
std::optional<FilterField> field_named(std::string_view name);

// Of a body. All other texts are compared as events show them (as_utf8).
bool is_compared_as_bytes(const std::variant<TextField, HeaderField>& field);

// Whether `name` can be a value of the field. Only few fields have a closed set of values.
bool can_have(TextField field, std::string_view value);
// The values of a closed set, for a message: `"send" or "recv"`; empty for other fields.
std::string_view possible_values(TextField field);

NumberType type_of(NumberField field);

// All names, for messages: "method, host, ...".
std::string field_names();

}  // namespace httpprof::replay
