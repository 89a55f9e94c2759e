#include "replay/emit/jsonl.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "replay/emit/field_groups.h"
#include "replay/emit/json_line.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

void put_text(JsonLine& line, std::string_view name, std::string_view bytes) {
    if (!bytes.empty()) line.key(name).string(bytes);
}

void put_bytes(JsonLine& line, std::string_view name, std::string_view base64_name,
               std::string_view bytes) {
    if (bytes.empty()) return;
    if (is_utf8(bytes)) {
        line.key(name).utf8(bytes);
    } else {
        line.key(base64_name).base64(bytes);
    }
}

void put_fields(JsonLine& line, std::string_view name, const Message& message,
                const std::vector<Field>& fields) {
    if (fields.empty()) return;
    line.key(name).begin_object();
    for_each_name(message, fields, [&](std::string_view field_name, const auto& values) {
        line.text_key(field_name);
        if (values.size() > 1) line.begin_array();
        for (const std::size_t index : values)
            line.string(message.value(fields[index]));
        if (values.size() > 1) line.end_array();
    });
    line.end_object();
}

void put_gaps(JsonLine& line, const std::vector<Gap>& gaps) {
    if (gaps.empty()) return;
    line.key("gaps").begin_array();
    for (const Gap& gap : gaps) {
        line.begin_object();
        line.key("offset").number(gap.offset);
        line.key("length").number(gap.length);
        line.key("cause").string(to_string(gap.cause));
        line.end_object();
    }
    line.end_array();
}

void put_anomalies(JsonLine& line, const std::vector<Anomaly>& anomalies) {
    if (anomalies.empty()) return;
    line.key("anomalies").begin_array();
    for (const Anomaly& anomaly : anomalies) {
        line.begin_object();
        line.key("id").string(to_string(anomaly.kind));
        line.key("severity").string(to_string(severity(anomaly.kind)));
        line.key("offset").number(anomaly.offset);
        line.end_object();
    }
    line.end_array();
}

void put_endpoints(JsonLine& line, const Event& event) {
    line.key("direction").string(event.direction == format::Direction::send ? "send" : "recv");
    line.key("source_ip").string(format::address_text(event.source));
    line.key("source_port").number(std::uint64_t{event.source.port});
    line.key("dest_ip").string(format::address_text(event.destination));
    line.key("dest_port").number(std::uint64_t{event.destination.port});
}

void put_place(JsonLine& line, const Event& event) {
    const Origin& first = event.message->first;
    line.key("timestamp").string(rfc3339(event.realtime_ns));
    if (event.host) put_text(line, "host", *event.host);
    line.key("pid").number(std::uint64_t{first.pid});
    const std::optional<ProcessIdentity>& identity = event.process->identity;
    if (identity && identity->namespace_pid != first.pid) {
        line.key("ns_pid").number(std::uint64_t{identity->namespace_pid});
    }
    put_text(line, "comm", first.comm);
    if (event.process->arguments) {
        put_text(line, "cmdline", command_line(*event.process->arguments));
    }
    put_endpoints(line, event);
    line.key("connection").number(event.connection);
    if (event.exchange) {
        line.key("exchange")
            .string(std::to_string(event.connection) + '.' + std::to_string(*event.exchange));
    }
}

void put_start_line(JsonLine& line, const Message& message) {
    put_text(line, "http_version", message.version);
    if (message.kind == Message::Kind::request) {
        put_text(line, "method", message.text(message.method));
        put_text(line, "url", message.text(message.target));
    } else {
        line.key("status_code").number(std::int64_t{message.status});
        put_text(line, "reason", message.text(message.reason));
    }
}

void put_times(JsonLine& line, const Event& event) {
    if (event.latency_ns) line.key("latency_ns").number(*event.latency_ns);
    const Message& message = *event.message;
    if (message.last_time_ns >= message.first.time_ns) {
        line.key("duration_ns").number(message.last_time_ns - message.first.time_ns);
    }
}

void put_body(JsonLine& line, const Message& message) {
    if (message.decoded) {
        put_bytes(line, "body", "body_base64", *message.decoded);
    } else if (message.content.size() == 1) {
        put_bytes(line, "body", "body_base64", message.text(message.content[0]));
    } else {
        put_bytes(line, "body", "body_base64", message.body());
    }
    if (message.body_size > 0) line.key("body_size").number(message.body_size);
    if (message.decoded) line.key("decoded_size").number(std::uint64_t{message.decoded->size()});
}

void put_content(JsonLine& line, const Message& message) {
    put_fields(line, "headers", message, message.fields);
    put_body(line, message);
    put_fields(line, "trailers", message, message.trailers);
    put_bytes(line, "raw_payload", "raw_payload_base64", message.raw);
    if (message.truncated) line.key("truncated").boolean(true);
    put_gaps(line, message.gaps);
    put_anomalies(line, message.anomalies);
}

}  // namespace

void append_json_line(const Event& event, std::string& text) {
    JsonLine line(std::move(text));
    put_place(line, event);
    line.key("bytes").number(event.message->size);
    put_start_line(line, *event.message);
    put_times(line, event);
    put_content(line, *event.message);
    text = line.take();
}

}  // namespace httpprof::replay
