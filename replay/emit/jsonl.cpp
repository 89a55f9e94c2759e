#include "replay/emit/jsonl.h"

#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

using Json = nlohmann::ordered_json;

// An object is filled with `put`, which unlike operator[] does not search the names that are there.
void put(Json::object_t& object, std::string name, Json value) {
    object.emplace_back(std::move(name), std::move(value));
}

void put_text(Json::object_t& object, const char* name, std::string_view bytes) {
    if (!bytes.empty()) put(object, name, as_utf8(bytes));
}

void put_bytes(Json::object_t& object, const char* name, const std::string& bytes) {
    if (bytes.empty()) return;
    if (is_utf8(bytes)) {
        put(object, name, bytes);
    } else {
        put(object, std::string(name) + "_base64", base64(bytes));
    }
}

// Field names are compared without regard to case (RFC 9110, 5.1).
void put_fields(Json::object_t& object, const char* name, const std::vector<Field>& fields) {
    if (fields.empty()) return;
    Json::object_t values;
    std::map<std::string, std::ptrdiff_t> places;
    for (const Field& field : fields) {
        std::string field_name = as_utf8(field.name);
        const auto [place, is_new] = places.emplace(lower_case(field_name), std::ssize(values));
        if (is_new) {
            put(values, std::move(field_name), as_utf8(field.value));
            continue;
        }
        Json& known = std::next(values.begin(), place->second)->second;
        if (!known.is_array()) known = Json::array({std::move(known)});
        known.push_back(as_utf8(field.value));
    }
    put(object, name, std::move(values));
}

void put_gaps(Json::object_t& object, const std::vector<Gap>& gaps) {
    if (gaps.empty()) return;
    Json list = Json::array();
    for (const Gap& gap : gaps) {
        list.push_back(
            {{"offset", gap.offset}, {"length", gap.length}, {"cause", to_string(gap.cause)}});
    }
    put(object, "gaps", std::move(list));
}

void put_anomalies(Json::object_t& object, const std::vector<Anomaly>& anomalies) {
    if (anomalies.empty()) return;
    Json list = Json::array();
    for (const Anomaly& anomaly : anomalies) {
        list.push_back({{"id", to_string(anomaly.kind)},
                        {"severity", to_string(severity(anomaly.kind))},
                        {"offset", anomaly.offset}});
    }
    put(object, "anomalies", std::move(list));
}

void put_place(Json::object_t& object, const Event& event) {
    const Origin& first = event.message->first;
    put(object, "timestamp", rfc3339(event.realtime_ns));
    put_text(object, "host", event.host);
    put(object, "pid", first.pid);
    const std::optional<ProcessIdentity>& identity = event.process->identity;
    if (identity && identity->namespace_pid != first.pid) {
        put(object, "ns_pid", identity->namespace_pid);
    }
    put_text(object, "comm", first.comm);
    if (event.process->arguments) {
        put_text(object, "cmdline", command_line(*event.process->arguments));
    }
    put(object, "direction", event.direction == format::Direction::send ? "send" : "recv");
    put(object, "source_ip", format::address_text(event.source));
    put(object, "source_port", event.source.port);
    put(object, "dest_ip", format::address_text(event.destination));
    put(object, "dest_port", event.destination.port);
    put(object, "connection", event.connection);
    if (event.exchange) {
        put(object, "exchange",
            std::to_string(event.connection) + "." + std::to_string(*event.exchange));
    }
}

void put_start_line(Json::object_t& object, const Message& message) {
    put_text(object, "http_version", message.version);
    if (message.kind == Message::Kind::request) {
        put_text(object, "method", message.method);
        put_text(object, "url", message.target);
    } else {
        put(object, "status_code", message.status);
        put_text(object, "reason", message.reason);
    }
}

void put_times(Json::object_t& object, const Event& event) {
    if (event.latency_ns) put(object, "latency_ns", *event.latency_ns);
    const Message& message = *event.message;
    if (message.last_time_ns >= message.first.time_ns) {
        put(object, "duration_ns", message.last_time_ns - message.first.time_ns);
    }
}

void put_content(Json::object_t& object, const Message& message) {
    put_fields(object, "headers", message.fields);
    put_bytes(object, "body", message.body);
    if (message.body_size > 0) put(object, "body_size", message.body_size);
    put_fields(object, "trailers", message.trailers);
    put_bytes(object, "raw_payload", message.raw);
    if (message.truncated) put(object, "truncated", true);
    put_gaps(object, message.gaps);
    put_anomalies(object, message.anomalies);
}

}  // namespace

Result<void> JsonlEmitter::event(const Event& event) {
    Json::object_t object;
    put_place(object, event);
    put(object, "bytes", event.message->size);
    put_start_line(object, *event.message);
    put_times(object, event);
    put_content(object, *event.message);
    try {
        return output_.write(Json(std::move(object)).dump() + '\n');
    } catch (const Json::exception& exception) {
        return Error{std::string("cannot write an event as JSON: ") + exception.what()};
    }
}

Result<void> JsonlEmitter::process(const ProcessReport&) {
    return {};
}

}  // namespace httpprof::replay
