#include "replay/emit/jsonl.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "replay/emit/field_groups.h"
#include "replay/emit/json_line.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

// The line of one event. Each of the put functions leaves out the fields that are not wanted.
class EventLine {
  public:
    EventLine(const Event& event, const JsonlOptions& options, std::string text)
        : event_(event), message_(*event.message), options_(options), line_(std::move(text)) {}

    std::string write();

  private:
    bool wants(EventField field) const {
        return options_.fields.test(static_cast<std::size_t>(field));
    }
    void put_number(EventField field, std::uint64_t value);
    void put_text(EventField field, std::string_view bytes);
    std::optional<JsonLine::Written> put_bytes(EventField field, std::string_view base64_name,
                                               std::string_view bytes);
    bool put_raw_around_body();
    void put_fields(EventField field, const std::vector<Field>& fields);

    void put_process();
    void put_other_processes();
    void put_endpoints();
    void put_exchange();
    void put_start_line();
    void put_times();
    void put_body();
    void put_raw();
    void put_gaps();
    void put_anomalies();

    const Event& event_;
    const Message& message_;
    const JsonlOptions& options_;
    JsonLine line_;
    bool shortened_ = false;
    // The body, where it is one piece of the raw payload and stands in the line as text.
    std::optional<JsonLine::Written> body_;
};

void EventLine::put_number(EventField field, std::uint64_t value) {
    if (wants(field)) line_.key(name_of(field)).number(value);
}

void EventLine::put_text(EventField field, std::string_view bytes) {
    if (!bytes.empty() && wants(field)) line_.key(name_of(field)).string(bytes);
}

// Returns where the bytes stand as text, if they do.
std::optional<JsonLine::Written> EventLine::put_bytes(EventField field,
                                                      std::string_view base64_name,
                                                      std::string_view bytes) {
    if (bytes.empty()) return std::nullopt;
    if (is_utf8(bytes)) return line_.key(name_of(field)).utf8(bytes);
    line_.key(base64_name).base64(bytes);
    return std::nullopt;
}

void EventLine::put_fields(EventField field, const std::vector<Field>& fields) {
    if (fields.empty() || !wants(field)) return;
    line_.key(name_of(field)).begin_object();
    for_each_name(message_, fields, [&](std::string_view name, const auto& values) {
        line_.text_key(name);
        if (values.size() > 1) line_.begin_array();
        for (const std::size_t index : values)
            line_.string(message_.value(fields[index]));
        if (values.size() > 1) line_.end_array();
    });
    line_.end_object();
}

void EventLine::put_process() {
    put_number(EventField::pid, message_.first.pid);
    const std::optional<ProcessIdentity>& identity = event_.process->identity;
    if (identity && identity->namespace_pid != message_.first.pid) {
        put_number(EventField::ns_pid, identity->namespace_pid);
    }
    put_text(EventField::comm, message_.first.comm);
    const auto& arguments = event_.process->arguments;
    if (arguments && wants(EventField::cmdline)) {
        put_text(EventField::cmdline, command_line(*arguments));
    }
}

void EventLine::put_other_processes() {
    if (message_.others.empty() || !wants(EventField::other_processes)) return;
    line_.key(name_of(EventField::other_processes)).begin_array();
    for (const Origin& other : message_.others) {
        line_.begin_object();
        line_.key("pid").number(std::uint64_t{other.pid});
        if (!other.comm.empty()) line_.key("comm").string(other.comm);
        line_.end_object();
    }
    line_.end_array();
}

void EventLine::put_endpoints() {
    put_text(EventField::direction, event_.direction == format::Direction::send ? "send" : "recv");
    if (wants(EventField::source_ip)) {
        put_text(EventField::source_ip, format::address_text(event_.source));
    }
    put_number(EventField::source_port, event_.source.port);
    if (wants(EventField::dest_ip)) {
        put_text(EventField::dest_ip, format::address_text(event_.destination));
    }
    put_number(EventField::dest_port, event_.destination.port);
}

void EventLine::put_exchange() {
    put_number(EventField::connection, event_.connection);
    if (!event_.exchange || !wants(EventField::exchange)) return;
    put_text(EventField::exchange,
             std::to_string(event_.connection) + '.' + std::to_string(*event_.exchange));
}

void EventLine::put_start_line() {
    put_text(EventField::http_version, message_.version);
    if (message_.kind == Message::Kind::request) {
        put_text(EventField::method, message_.text(message_.method));
        put_text(EventField::url, message_.text(message_.target));
    } else {
        put_number(EventField::status_code, static_cast<std::uint64_t>(message_.status));
        put_text(EventField::reason, message_.text(message_.reason));
    }
}

void EventLine::put_times() {
    if (event_.latency_ns) put_number(EventField::latency_ns, *event_.latency_ns);
    if (message_.last_time_ns >= message_.first.time_ns) {
        put_number(EventField::duration_ns, message_.last_time_ns - message_.first.time_ns);
    }
}

void EventLine::put_body() {
    if (!wants(EventField::body)) return;
    const bool in_pieces = !message_.decoded && message_.content.size() > 1;
    const std::string joined = in_pieces ? message_.body() : std::string();
    const std::string_view body = in_pieces                  ? std::string_view(joined)
                                  : message_.decoded         ? std::string_view(*message_.decoded)
                                  : message_.content.empty() ? std::string_view()
                                                             : message_.text(message_.content[0]);
    const auto shown = cut_text(body, options_.max_body);
    shortened_ = shortened_ || shown.size() < body.size();
    const auto written = put_bytes(EventField::body, "body_base64", shown);
    const bool is_in_raw = !message_.decoded && message_.content.size() == 1;
    if (is_in_raw && shown.size() == body.size()) body_ = written;
}

// Most of a raw payload is the body, which need not be looked at and escaped twice.
bool EventLine::put_raw_around_body() {
    const std::string_view raw = message_.raw;
    if (!body_ || raw.size() - message_.head_size > options_.max_body) return false;
    const auto [begin, size] = message_.content[0];
    const auto before = raw.substr(0, begin);
    const auto behind = raw.substr(begin + size);
    if (!is_utf8(before) || !is_utf8(behind)) return false;
    line_.key(name_of(EventField::raw_payload)).utf8_around(before, *body_, behind);
    return true;
}

void EventLine::put_raw() {
    if (!wants(EventField::raw_payload) || put_raw_around_body()) return;
    const std::string_view raw = message_.raw;
    const bool fits = raw.size() - message_.head_size <= options_.max_body;
    const auto shown = fits ? raw : cut_text(raw, message_.head_size + options_.max_body);
    shortened_ = shortened_ || shown.size() < raw.size();
    put_bytes(EventField::raw_payload, "raw_payload_base64", shown);
}

void EventLine::put_gaps() {
    if (message_.gaps.empty() || !wants(EventField::gaps)) return;
    line_.key(name_of(EventField::gaps)).begin_array();
    for (const Gap& gap : message_.gaps) {
        line_.begin_object();
        line_.key("offset").number(gap.offset);
        line_.key("length").number(gap.length);
        line_.key("cause").string(to_string(gap.cause));
        line_.end_object();
    }
    line_.end_array();
}

void EventLine::put_anomalies() {
    if (message_.anomalies.empty() || !wants(EventField::anomalies)) return;
    line_.key(name_of(EventField::anomalies)).begin_array();
    for (const Anomaly& anomaly : message_.anomalies) {
        line_.begin_object();
        line_.key("id").string(to_string(anomaly.kind));
        line_.key("severity").string(to_string(severity(anomaly.kind)));
        line_.key("offset").number(anomaly.offset);
        line_.end_object();
    }
    line_.end_array();
}

std::string EventLine::write() {
    if (wants(EventField::timestamp)) {
        put_text(EventField::timestamp, rfc3339(event_.realtime_ns));
    }
    if (event_.host) put_text(EventField::host, *event_.host);
    put_process();
    put_other_processes();
    put_endpoints();
    put_exchange();
    put_number(EventField::bytes, message_.size);
    put_start_line();
    put_times();
    put_fields(EventField::headers, message_.fields);
    put_body();
    if (message_.body_size > 0) put_number(EventField::body_size, message_.body_size);
    if (message_.decoded) put_number(EventField::decoded_size, message_.decoded->size());
    put_fields(EventField::trailers, message_.trailers);
    put_raw();
    if (shortened_ && wants(EventField::shortened)) {
        line_.key(name_of(EventField::shortened)).boolean(true);
    }
    if (message_.truncated && wants(EventField::truncated)) {
        line_.key(name_of(EventField::truncated)).boolean(true);
    }
    put_gaps();
    put_anomalies();
    return line_.take();
}

}  // namespace

void append_json_line(const Event& event, const JsonlOptions& options, std::string& text) {
    text = EventLine(event, options, std::move(text)).write();
}

}  // namespace httpprof::replay
