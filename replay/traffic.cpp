#include "replay/traffic.h"

#include <optional>

#include "replay/protocol/conversation.h"

namespace httpprof::replay {
namespace {

// Routes are many, and have memory for few of them to be as exact as the total.
constexpr std::size_t kMostLatenciesOfRoute = 1'024;

bool ends_exchange(const Event& event) {
    return event.message->kind == Message::Kind::response && event.exchange &&
           is_final_response(event.message->status);
}

void add(const Event& event, TimedCounts& timed) {
    timed.counts.add(event);
    if (ends_exchange(event) && event.latency_ns) timed.latency_ns.add(*event.latency_ns);
}

// Of the request that the event is or answers, where that is known.
std::optional<Route> route_in(const Event& event) {
    const Message& message = *event.message;
    if (message.kind == Message::Kind::request) {
        const Field* host = message.find("Host");
        return route_of(message.text(message.method), message.text(message.target),
                        host != nullptr ? message.value(*host) : std::string_view());
    }
    if (!event.request) return std::nullopt;
    return route_of(event.request->method, event.request->target, event.request->host);
}

}  // namespace

void Counts::add(const Event& event) {
    const Message& message = *event.message;
    bytes += message.size;
    if (message.kind == Message::Kind::request) {
        ++requests;
        if (!event.response) ++requests_without_response;
        return;
    }
    ++responses;
    if (ends_exchange(event)) ++exchanges;
    if (!event.exchange) ++responses_without_request;
    const int first_digit = message.status / 100;
    ++by_class[first_digit >= 1 && first_digit <= 5 ? static_cast<std::size_t>(first_digit) : 0];
}

Counts& Counts::operator+=(const Counts& other) {
    requests += other.requests;
    responses += other.responses;
    exchanges += other.exchanges;
    requests_without_response += other.requests_without_response;
    responses_without_request += other.responses_without_request;
    bytes += other.bytes;
    for (std::size_t i = 0; i < by_class.size(); ++i)
        by_class[i] += other.by_class[i];
    return *this;
}

RouteCounts::RouteCounts()
    : BySide{TimedCounts(kMostLatenciesOfRoute), TimedCounts(kMostLatenciesOfRoute)} {}

void Traffic::add(const Event& event) {
    const Side side = side_of(event);
    count_connection(event.connection);
    replay::add(event, total_.of(side));
    const Process& process = *event.process;
    processes_.of({event.process_number, process.pid, process.comm}).of(side).add(event);
    if (const std::optional<Route> route = route_in(event)) {
        methods_.of(route->method).of(side).add(event);
        hosts_.of(route->authority).of(side).add(event);
        replay::add(event, routes_.of(*route).of(side));
    }
}

void Traffic::count_connection(std::uint64_t number) {
    if (number >= seen_connections_.size()) seen_connections_.resize(number + 1);
    if (!seen_connections_[number]) ++connections_;
    seen_connections_[number] = true;
}

}  // namespace httpprof::replay
