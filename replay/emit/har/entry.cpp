#include "replay/emit/har/entry.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "replay/emit/har/cookies.h"
#include "replay/emit/json_line.h"
#include "replay/emit/request_uri.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

constexpr std::int64_t kUnknown = -1;
// As browsers name content whose type nobody said.
constexpr std::string_view kUnknownType = "x-unknown";

std::string_view value_of(const Message* message, std::string_view name) {
    const Field* field = message == nullptr ? nullptr : message->find(name);
    return field == nullptr ? std::string_view() : message->value(*field);
}

std::span<const Field> fields_of(const Message* message) {
    return message == nullptr ? std::span<const Field>() : message->fields;
}

std::string_view media_type_of(const Message* message) {
    const std::string_view type = value_of(message, "Content-Type");
    return type.empty() ? kUnknownType : type;
}

std::string version_text(const Message* message) {
    const bool is_known = message != nullptr && !message->version.empty();
    return is_known ? "HTTP/" + message->version : std::string();
}

void put_name_and_value(JsonLine& line, std::string_view name, std::string_view value) {
    line.key("name").string(name);
    line.key("value").string(value);
}

void put_headers(JsonLine& line, const Message* message) {
    line.key("headers").begin_array();
    for (const Field& field : fields_of(message)) {
        line.begin_object();
        put_name_and_value(line, message->name(field), message->value(field));
        line.end_object();
    }
    line.end_array();
}

void put_cookie(JsonLine& line, const Cookie& cookie) {
    line.begin_object();
    put_name_and_value(line, cookie.name, cookie.value);
    if (!cookie.path.empty()) line.key("path").string(cookie.path);
    if (!cookie.domain.empty()) line.key("domain").string(cookie.domain);
    if (cookie.expires_ns) line.key("expires").string(rfc3339(*cookie.expires_ns));
    if (cookie.http_only) line.key("httpOnly").boolean(true);
    if (cookie.secure) line.key("secure").boolean(true);
    line.end_object();
}

void put_cookies(JsonLine& line, const Message* message) {
    line.key("cookies").begin_array();
    for (const Field& field : fields_of(message)) {
        const std::string_view name = message->name(field);
        const std::string_view value = message->value(field);
        if (message->kind == Message::Kind::response) {
            if (equals_ignoring_case(name, "Set-Cookie"))
                put_cookie(line, cookie_of_response(value));
        } else if (equals_ignoring_case(name, "Cookie")) {
            for (const Cookie& cookie : cookies_of_request(value))
                put_cookie(line, cookie);
        }
    }
    line.end_array();
}

void put_query(JsonLine& line, std::string_view query) {
    line.key("queryString").begin_array();
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::string_view name = pair.substr(0, pair.find('='));
        line.begin_object();
        put_name_and_value(line, name, pair.substr(std::min(pair.size(), name.size() + 1)));
        line.end_object();
    }
    line.end_array();
}

void put_sizes(JsonLine& line, const Message* message) {
    const bool is_head_whole =
        message != nullptr && std::ranges::none_of(message->gaps, [&](const Gap& gap) {
            return gap.offset < message->head_size;
        });
    line.key("headersSize")
        .number(is_head_whole ? static_cast<std::int64_t>(message->head_size) : kUnknown);
    line.key("bodySize")
        .number(message == nullptr ? kUnknown : static_cast<std::int64_t>(message->body_size));
}

// A text, or base64 where the bytes are none; `encoding` is the name of the member that says so.
void put_body(JsonLine& line, const Message& message, const char* encoding) {
    const std::string joined = message.decoded ? std::string() : message.body();
    const std::string_view body = message.decoded ? *message.decoded : joined;
    if (body.empty()) return;
    if (is_utf8(body)) {
        line.key("text").utf8(body);
    } else {
        line.key("text").base64(body);
        line.key(encoding).string("base64");
    }
}

void put_missing(JsonLine& line, const Message& message) {
    std::uint64_t missing = 0;
    for (const Gap& gap : message.gaps)
        missing += gap.length;
    if (missing > 0)
        line.key("comment").string("bytes that are not in the capture: " + std::to_string(missing));
}

void put_content(JsonLine& line, const Message* message) {
    line.key("content").begin_object();
    const std::uint64_t on_wire = message == nullptr ? 0 : message->body_size;
    const std::uint64_t size =
        message != nullptr && message->decoded ? message->decoded->size() : on_wire;
    line.key("size").number(size);
    if (message != nullptr && message->decoded)
        line.key("compression").number(static_cast<std::int64_t>(size - on_wire));
    line.key("mimeType").string(media_type_of(message));
    if (message != nullptr) {
        put_body(line, *message, "encoding");
        put_missing(line, *message);
    }
    line.end_object();
}

void put_post_data(JsonLine& line, const Message& request) {
    line.key("postData").begin_object();
    line.key("mimeType").string(media_type_of(&request));
    put_body(line, request, "_encoding");
    put_missing(line, request);
    line.end_object();
}

void put_request(JsonLine& line, const Exchange& exchange) {
    const Message* request = exchange.request ? exchange.request->message.get() : nullptr;
    const RequestUri uri = request_uri(exchange.method(), exchange.target(), exchange.authority());
    line.key("request").begin_object();
    line.key("method").string(exchange.method());
    line.key("url").string(to_text(uri, exchange.server()));
    line.key("httpVersion").string(version_text(request));
    put_cookies(line, request);
    put_headers(line, request);
    put_query(line, uri.query.value_or(std::string_view()));
    if (request != nullptr && request->body_size > 0) put_post_data(line, *request);
    put_sizes(line, request);
    line.end_object();
}

void put_status(JsonLine& line, const Message& response) {
    line.key("status").number(static_cast<std::int64_t>(response.status));
    line.key("statusText").string(response.text(response.reason));
}

void put_response(JsonLine& line, const Exchange& exchange) {
    const Message* response = exchange.response ? exchange.response->message.get() : nullptr;
    line.key("response").begin_object();
    if (response != nullptr) {
        put_status(line, *response);
    } else {
        line.key("status").number(std::int64_t{0});
        line.key("statusText").string("");
        line.key("_error").string("no response was recorded");
    }
    line.key("httpVersion").string(version_text(response));
    put_cookies(line, response);
    put_headers(line, response);
    put_content(line, response);
    line.key("redirectURL").string(value_of(response, "Location"));
    put_sizes(line, response);
    line.end_object();
}

void put_interim(JsonLine& line, const Exchange& exchange) {
    if (exchange.interim.empty()) return;
    line.key("_interimResponses").begin_array();
    for (const Event& event : exchange.interim) {
        line.begin_object();
        put_status(line, *event.message);
        put_headers(line, event.message.get());
        line.end_object();
    }
    line.end_array();
}

// A time of the specification, in milliseconds.
void put_time(JsonLine& line, const char* name, std::optional<std::uint64_t> duration_ns) {
    line.key(name);
    if (duration_ns) {
        line.decimal(*duration_ns, 6);
    } else {
        line.number(kUnknown);
    }
}

std::uint64_t between(std::uint64_t begin_ns, std::uint64_t end_ns) {
    return end_ns - std::min(begin_ns, end_ns);
}

// The phases follow each other: a response that begins before its request ends sent it off.
void put_timings(JsonLine& line, const Exchange& exchange) {
    std::optional<std::uint64_t> send;
    std::optional<std::uint64_t> wait;
    std::optional<std::uint64_t> receive;
    std::optional<std::uint64_t> answered_ns;
    const std::uint64_t begin_ns = exchange.first().message->first.time_ns;
    if (exchange.response) {
        answered_ns = std::max(begin_ns, exchange.response->message->first.time_ns);
        receive = between(*answered_ns, begin_ns + exchange.duration_ns());
    }
    if (exchange.request) {
        const std::uint64_t sent_ns = std::max(begin_ns, exchange.request->message->last_time_ns);
        send = std::min(sent_ns, answered_ns.value_or(sent_ns)) - begin_ns;
        if (answered_ns) wait = between(sent_ns, *answered_ns);
    }
    put_time(line, "time", send.value_or(0) + wait.value_or(0) + receive.value_or(0));
    line.key("timings").begin_object();
    put_time(line, "send", send);
    put_time(line, "wait", wait);
    put_time(line, "receive", receive);
    line.end_object();
}

void put_anomalies_of(JsonLine& line, const Message& message) {
    for (const Anomaly& anomaly : message.anomalies) {
        line.begin_object();
        line.key("message").string(message.kind == Message::Kind::request ? "request" : "response");
        line.key("id").string(to_string(anomaly.kind));
        line.key("severity").string(to_string(severity(anomaly.kind)));
        line.key("offset").number(anomaly.offset);
        line.end_object();
    }
}

void put_anomalies(JsonLine& line, const Exchange& exchange) {
    line.key("_anomalies").begin_array();
    if (exchange.request) put_anomalies_of(line, *exchange.request->message);
    for (const Event& event : exchange.interim)
        put_anomalies_of(line, *event.message);
    if (exchange.response) put_anomalies_of(line, *exchange.response->message);
    line.end_array();
}

void put_process(JsonLine& line, const Exchange& exchange) {
    const Event& event = exchange.first();
    line.key("_pid").number(std::uint64_t{event.message->first.pid});
    line.key("_comm").string(event.message->first.comm);
    line.key("_side").string(side_of(event) == Side::client ? "client" : "server");
    if (const std::string id = exchange.id(); !id.empty()) line.key("_exchange").string(id);
}

}  // namespace

std::string har_entry(const Exchange& exchange) {
    JsonLine line;
    line.key("startedDateTime").string(rfc3339(exchange.first().realtime_ns));
    put_request(line, exchange);
    put_response(line, exchange);
    line.key("cache").begin_object();
    line.end_object();
    put_timings(line, exchange);
    line.key("serverIPAddress").string(format::address_text(exchange.server()));
    line.key("connection").string(std::to_string(exchange.first().connection));
    put_process(line, exchange);
    put_interim(line, exchange);
    put_anomalies(line, exchange);
    return line.take();
}

}  // namespace httpprof::replay
