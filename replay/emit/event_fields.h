// The fields of an event, in the order in which outputs have them.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace httpprof::replay {

// `body` stands for body_base64 as well, `raw_payload` for raw_payload_base64.
enum class EventField : std::uint8_t {
    timestamp,
    host,
    pid,
    ns_pid,
    comm,
    cmdline,
    other_processes,
    direction,
    source_ip,
    source_port,
    dest_ip,
    dest_port,
    connection,
    exchange,
    bytes,
    http_version,
    method,
    url,
    status_code,
    reason,
    latency_ns,
    duration_ns,
    headers,
    body,
    body_size,
    decoded_size,
    trailers,
    raw_payload,
    shortened,
    truncated,
    gaps,
    anomalies,
};

constexpr std::array<std::string_view, 32> kEventFieldNames = {
    "timestamp",
    "host",
    "pid",
    "ns_pid",
    "comm",
    "cmdline",
    "other_processes",
    "direction",
    "source_ip",
    "source_port",
    "dest_ip",
    "dest_port",
    "connection",
    "exchange",
    "bytes",
    "http_version",
    "method",
    "url",
    "status_code",
    "reason",
    "latency_ns",
    "duration_ns",
    "headers",
    "body",
    "body_size",
    "decoded_size",
    "trailers",
    "raw_payload",
    "shortened",
    "truncated",
    "gaps",
    "anomalies",
};
static_assert(kEventFieldNames.size() == static_cast<std::size_t>(EventField::anomalies) + 1);

using EventFields = std::bitset<kEventFieldNames.size()>;

constexpr std::string_view name_of(EventField field) {
    return kEventFieldNames[static_cast<std::size_t>(field)];
}

inline std::optional<EventField> event_field_named(std::string_view name) {
    for (std::size_t i = 0; i < kEventFieldNames.size(); ++i) {
        if (kEventFieldNames[i] == name) return static_cast<EventField>(i);
    }
    return std::nullopt;
}

}  // namespace httpprof::replay
