#include "replay/filter_stage.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/emit/text.h"
#include "replay/filter/request_target.h"

namespace httpprof::replay {
namespace {

class EventSubject final : public FilterSubject {
  public:
    explicit EventSubject(const Event& event) : event_(event), message_(*event.message) {}

    void texts(TextField field, std::vector<std::string_view>& values) override;
    void headers(std::string_view name, std::vector<std::string_view>& values) override;
    void numbers(NumberField field, std::vector<std::uint64_t>& values) override;

  private:
    void request_texts(TextField field, std::vector<std::string_view>& values);
    void anomaly_texts(TextField field, std::vector<std::string_view>& values) const;
    std::optional<std::uint64_t> number(NumberField field) const;
    std::optional<std::uint64_t> status() const;
    std::optional<std::uint64_t> latency_ns() const;
    // `text` and a view of it, which live until the next call.
    std::string_view keep(std::string text) { return kept_ = std::move(text); }

    const Event& event_;
    const Message& message_;
    std::string kept_;
};

void add(std::string_view text, std::vector<std::string_view>& values) {
    if (!text.empty()) values.push_back(text);
}

void EventSubject::texts(TextField field, std::vector<std::string_view>& values) {
    switch (field) {
        case TextField::method:
        case TextField::url:
        case TextField::host:
        case TextField::path:
        case TextField::query:
            return request_texts(field, values);
        case TextField::version:
            return add(message_.version, values);
        case TextField::comm:
            return add(message_.first.comm, values);
        case TextField::cmdline:
            if (event_.process->arguments)
                add(keep(command_line(*event_.process->arguments)), values);
            return;
        case TextField::source_ip:
            return add(keep(format::address_text(event_.source)), values);
        case TextField::dest_ip:
            return add(keep(format::address_text(event_.destination)), values);
        case TextField::direction:
            return add(event_.direction == format::Direction::send ? "send" : "recv", values);
        case TextField::side:
            return add(side_of(event_) == Side::client ? "client" : "server", values);
        case TextField::body:
            return add(message_.decoded ? *message_.decoded : keep(message_.body()), values);
        case TextField::anomaly:
        case TextField::severity:
            return anomaly_texts(field, values);
    }
}

void EventSubject::request_texts(TextField field, std::vector<std::string_view>& values) {
    const bool is_request = message_.kind == Message::Kind::request;
    if (!is_request && !event_.request) return;
    const Field* const host_field = is_request ? message_.find("Host") : nullptr;
    const auto method = is_request ? message_.text(message_.method) : event_.request->method;
    const auto target = is_request ? message_.text(message_.target) : event_.request->target;
    const auto host = !is_request             ? std::string_view(event_.request->host)
                      : host_field != nullptr ? message_.value(*host_field)
                                              : std::string_view();
    if (field == TextField::method) return add(method, values);
    if (field == TextField::url) return add(target, values);
    const RequestTarget parts = split_target(method, target, host);
    if (field == TextField::host) return add(keep(parts.host), values);
    if (field == TextField::path) return add(parts.path, values);
    if (parts.query) values.push_back(*parts.query);
}

void EventSubject::anomaly_texts(TextField field, std::vector<std::string_view>& values) const {
    for (const Anomaly& anomaly : message_.anomalies) {
        values.push_back(field == TextField::anomaly ? to_string(anomaly.kind)
                                                     : to_string(severity(anomaly.kind)));
    }
}

void EventSubject::headers(std::string_view name, std::vector<std::string_view>& values) {
    for (const Field& field : message_.fields) {
        if (equals_ignoring_case(message_.name(field), name)) {
            values.push_back(message_.value(field));
        }
    }
}

void EventSubject::numbers(NumberField field, std::vector<std::uint64_t>& values) {
    if (field == NumberField::port) {
        values.push_back(event_.source.port);
        values.push_back(event_.destination.port);
    } else if (const auto value = number(field)) {
        values.push_back(*value);
    }
}

std::optional<std::uint64_t> EventSubject::number(NumberField field) const {
    switch (field) {
        case NumberField::status:
            return status();
        case NumberField::pid:
            return message_.first.pid;
        case NumberField::source_port:
            return event_.source.port;
        case NumberField::dest_port:
            return event_.destination.port;
        case NumberField::connection:
            return event_.connection;
        case NumberField::latency:
            return latency_ns();
        case NumberField::duration:
            if (message_.last_time_ns < message_.first.time_ns) return std::nullopt;
            return message_.last_time_ns - message_.first.time_ns;
        case NumberField::bytes:
            return message_.size;
        case NumberField::body_size:
            if (message_.body_size == 0) return std::nullopt;  // as in events
            return message_.body_size;
        case NumberField::truncated:
            return message_.truncated ? 1 : 0;
        case NumberField::port:
            break;  // has two values
    }
    return std::nullopt;
}

std::optional<std::uint64_t> EventSubject::status() const {
    if (event_.response) return static_cast<std::uint64_t>(event_.response->status);
    if (message_.kind == Message::Kind::request) return std::nullopt;
    return static_cast<std::uint64_t>(message_.status);
}

std::optional<std::uint64_t> EventSubject::latency_ns() const {
    return event_.response ? event_.response->latency_ns : event_.latency_ns;
}

}  // namespace

Result<bool> FilterStage::apply(Event& event) const {
    EventSubject subject(event);
    return filter_.matches(subject);
}

}  // namespace httpprof::replay
