#include "replay/emit/otlp/span.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "replay/emit/json_line.h"
#include "replay/emit/otlp/attributes.h"
#include "replay/emit/otlp/trace_context.h"
#include "replay/emit/request_uri.h"
#include "replay/emit/text.h"
#include "replay/filter/request_target.h"

namespace httpprof::replay {
namespace {

// Numbers of opentelemetry/proto/trace/v1/trace.proto.
constexpr std::uint64_t kKindServer = 2;
constexpr std::uint64_t kKindClient = 3;
constexpr std::uint64_t kStatusError = 2;
constexpr std::uint64_t kParentIsRemoteIsKnown = 0x100;
constexpr std::uint64_t kParentIsRemote = 0x200;

// The values of all fields of this name as one (RFC 9110, 5.3).
std::string joined_value(const Message& message, std::string_view name) {
    std::string values;
    for (const Field& field : message.fields) {
        if (!equals_ignoring_case(message.name(field), name)) continue;
        if (!values.empty()) values += ',';
        values += message.value(field);
    }
    return values;
}

// A fragment is not sent: "#" is a character like others here, as url.full has it.
std::string without_fragment(std::string_view text) {
    std::string encoded;
    for (const char c : text)
        c == '#' ? encoded += "%23" : encoded += c;
    return encoded;
}

// Calls use(event) for each message of the exchange.
template <typename Use>
void for_each_event(const Exchange& exchange, Use use) {
    if (exchange.request) use(*exchange.request);
    for (const Event& event : exchange.interim)
        use(event);
    if (exchange.response) use(*exchange.response);
}

// What happened to the exchange by HTTP's own words, or to its connection; empty for no error.
std::string error_type(const Exchange& exchange, bool is_client) {
    const int status = exchange.response ? exchange.response->message->status : 0;
    if (status >= (is_client ? 400 : 500)) return std::to_string(status);
    const std::optional<Event>& last = exchange.response ? exchange.response : exchange.request;
    return last && last->ended_early ? "connection_ended" : "";
}

void put_body_size(Attributes& attributes, std::string_view name,
                   const std::optional<Event>& event) {
    if (!event || event->message->truncated || event->message->body_size == 0) return;
    attributes.number(name, event->message->body_size);
}

class SpanWriter {
  public:
    SpanWriter(const Exchange& exchange, bool has_client, const KnownMethods& methods);
    std::string write();

  private:
    void put_ids();
    bool put_told_parent(const Message& request);
    void put_parent(std::string_view id, std::uint8_t trace_flags);
    void put_times();
    void put_attributes();
    void put_method(Attributes& attributes) const;
    void put_target(Attributes& attributes) const;
    void put_path_and_query(Attributes& attributes) const;
    void put_server(Attributes& attributes) const;
    void put_peer(Attributes& attributes) const;
    void put_outcome(Attributes& attributes) const;
    void put_evidence(Attributes& attributes) const;
    void put_status();

    const Exchange& exchange_;
    const Event& first_;
    const SpanKey key_;
    const bool has_client_;
    const bool method_is_known_;
    const bool is_client_;
    const RequestUri uri_;
    const std::string error_;
    JsonLine line_;
};

SpanWriter::SpanWriter(const Exchange& exchange, bool has_client, const KnownMethods& methods)
    : exchange_(exchange),
      first_(exchange.first()),
      key_(span_key_of(first_)),
      has_client_(has_client),
      method_is_known_(methods.contains(exchange.method())),
      is_client_(side_of(first_) == Side::client),
      uri_(request_uri(exchange.method(), exchange.target(), exchange.authority())),
      error_(error_type(exchange, is_client_)) {}

// A traceparent was made by who sent the request, for a span of its own: it is the parent of what
// both ends did. Without one the client's span is the server's parent.
void SpanWriter::put_ids() {
    line_.key("spanId").string(span_id_of(key_, side_of(first_)));
    if (exchange_.request && put_told_parent(*exchange_.request->message)) return;
    line_.key("traceId").string(trace_id_of(key_));
    if (has_client_) put_parent(span_id_of(key_, Side::client), 0);
}

bool SpanWriter::put_told_parent(const Message& request) {
    const std::string value = joined_value(request, "traceparent");
    const auto told = parse_traceparent(value);
    if (!told) return false;
    line_.key("traceId").string(told->trace_id);
    put_parent(told->parent_id, told->flags);
    const std::string state = joined_value(request, "tracestate");
    if (!state.empty()) line_.key("traceState").string(state);
    return true;
}

void SpanWriter::put_parent(std::string_view id, std::uint8_t trace_flags) {
    line_.key("parentSpanId").string(id);
    line_.key("flags").number(trace_flags | kParentIsRemoteIsKnown | kParentIsRemote);
}

void SpanWriter::put_times() {
    // Times before 1970 cannot be said.
    const auto begin = static_cast<std::uint64_t>(std::max<std::int64_t>(first_.realtime_ns, 0));
    line_.key("startTimeUnixNano").string(std::to_string(begin));
    line_.key("endTimeUnixNano").string(std::to_string(begin + exchange_.duration_ns()));
}

void SpanWriter::put_method(Attributes& attributes) const {
    const std::string_view method = exchange_.method();
    attributes.text("http.request.method", method_is_known_ ? method : "_OTHER");
    if (!method_is_known_) attributes.text("http.request.method_original", method);
}

void SpanWriter::put_target(Attributes& attributes) const {
    if (exchange_.target().empty()) return;  // only a response was seen
    if (is_client_) return attributes.text("url.full", to_text(uri_, exchange_.server()));
    attributes.text("url.scheme", uri_.scheme);
    put_path_and_query(attributes);
}

// Those of url.full, in the letters of `url`: the whole target is UTF-8 or it is not.
void SpanWriter::put_path_and_query(Attributes& attributes) const {
    const std::string target = as_utf8(exchange_.target());
    const RequestUri uri = request_uri(exchange_.method(), target, {});
    attributes.text_or_empty("url.path", without_fragment(uri.path));
    if (uri.query) attributes.text_or_empty("url.query", without_fragment(*uri.query));
}

// What the request names; where it names nothing that there can be, where it went.
void SpanWriter::put_server(Attributes& attributes) const {
    const format::Endpoint& server = exchange_.server();
    if (uri_.authority.empty()) {
        attributes.text("server.address", format::address_text(server));
        attributes.number("server.port", server.port);
        return;
    }
    attributes.text("server.address", host_of(uri_.authority));
    attributes.number("server.port", port_of(uri_));
}

void SpanWriter::put_peer(Attributes& attributes) const {
    const format::Endpoint& peer = is_client_ ? exchange_.server() : exchange_.client();
    const std::string address = format::address_text(peer);
    if (!is_client_) {
        attributes.text("client.address", address);
        attributes.number("client.port", peer.port);
    }
    attributes.text("network.peer.address", address);
    attributes.number("network.peer.port", peer.port);
    attributes.text("network.protocol.version", first_.message->version);
}

void SpanWriter::put_outcome(Attributes& attributes) const {
    put_body_size(attributes, "http.request.body.size", exchange_.request);
    put_body_size(attributes, "http.response.body.size", exchange_.response);
    if (exchange_.response) {
        const int status = exchange_.response->message->status;
        attributes.number("http.response.status_code", static_cast<std::uint64_t>(status));
    }
    attributes.text("error.type", error_);
}

// What leads back to the capture.
void SpanWriter::put_evidence(Attributes& attributes) const {
    attributes.text("httpprof.exchange", exchange_.id());
    std::vector<std::string_view> anomalies;
    for_each_event(exchange_, [&](const Event& event) {
        for (const Anomaly& anomaly : event.message->anomalies)
            anomalies.push_back(to_string(anomaly.kind));
    });
    attributes.texts("httpprof.anomalies", anomalies);
}

void SpanWriter::put_attributes() {
    Attributes attributes(line_);
    put_method(attributes);
    put_target(attributes);
    put_server(attributes);
    put_peer(attributes);
    if (exchange_.request) {
        attributes.text("user_agent.original",
                        joined_value(*exchange_.request->message, "User-Agent"));
    }
    put_outcome(attributes);
    put_evidence(attributes);
}

// An empty one says the same as none, and not every reader takes it.
void SpanWriter::put_status() {
    if (error_.empty()) return;
    line_.key("status").begin_object();
    line_.key("code").number(kStatusError);
    line_.end_object();
}

std::string SpanWriter::write() {
    put_ids();
    // A path has too many values for a name, and no route is known.
    line_.key("name").string(method_is_known_ ? exchange_.method() : "HTTP");
    line_.key("kind").number(is_client_ ? kKindClient : kKindServer);
    put_times();
    put_attributes();
    put_status();
    std::string text = line_.take();
    text.pop_back();  // the end of the line
    return text;
}

}  // namespace

std::string otlp_span(const Exchange& exchange, bool has_client, const KnownMethods& methods) {
    return SpanWriter(exchange, has_client, methods).write();
}

}  // namespace httpprof::replay
