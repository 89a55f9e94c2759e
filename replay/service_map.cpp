#include "replay/service_map.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "replay/emit/text.h"
#include "replay/environment_variable.h"
#include "replay/protocol/conversation.h"

namespace httpprof::replay {
namespace {

const format::Endpoint& client_of(const Event& event) {
    return event.message->kind == Message::Kind::request ? event.source : event.destination;
}

const format::Endpoint& server_of(const Event& event) {
    return event.message->kind == Message::Kind::request ? event.destination : event.source;
}

bool is_loopback(const format::Endpoint& endpoint) {
    constexpr std::array<std::uint8_t, 13> kIpv4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127};
    constexpr std::array<std::uint8_t, 16> kIpv6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return std::ranges::equal(kIpv4, std::span(endpoint.address).first<kIpv4.size()>()) ||
           endpoint.address == kIpv6;
}

}  // namespace

void CallCounts::add(const Event& response, std::uint64_t size_of_request) {
    const Message& message = *response.message;
    ++exchanges;
    if (message.status / 100 == 4) ++client_errors;
    if (message.status / 100 == 5) ++server_errors;
    request_bytes += size_of_request;
    response_bytes += message.size;
    if (response.latency_ns) latency_ns.add(*response.latency_ns);
}

void CallCounts::add(const CallCounts& other) {
    exchanges += other.exchanges;
    client_errors += other.client_errors;
    server_errors += other.server_errors;
    unanswered += other.unanswered;
    request_bytes += other.request_bytes;
    response_bytes += other.response_bytes;
    latency_ns.add(other.latency_ns);
}

void ServiceMapBuilder::add(const Event& event) {
    auto& [name, pids] = *processes_.try_emplace(service_of(event)).first;
    pids.insert(event.message->first.pid);
    const std::string& service = speaker_of(event, name);
    if (side_of(event) == Side::server) note_server(event, service);
    if (event.message->kind == Message::Kind::response) {
        add_response(event, service);
    } else if (event.response) {
        note_size(event);
    } else {
        add_unanswered(event, service);
    }
}

void ServiceMapBuilder::note_size(const Event& request) {
    if (!request.exchange) return;
    sizes_[{request.connection, *request.exchange}] = request.message->size;
    if (sizes_.size() > kMostWaiting) sizes_.erase(sizes_.begin());
}

// A response may come before the request is complete, and then does not know its size.
std::uint64_t ServiceMapBuilder::size_of_request(const Event& response) {
    const auto noted = sizes_.extract({response.connection, response.exchange.value_or(0)});
    return noted ? noted.mapped() : response.request->bytes;
}

// A server may leave the response to another program, as to a CGI one: who read the request is the
// service.
const std::string& ServiceMapBuilder::speaker_of(const Event& event, const std::string& name) {
    const std::string*& known = by_connection_[event.connection];
    if (known == nullptr || event.message->kind == Message::Kind::request) known = &name;
    const std::string& speaker = *known;
    if (by_connection_.size() > kMostConnections) by_connection_.erase(by_connection_.begin());
    return speaker;
}

void ServiceMapBuilder::note_server(const Event& event, const std::string& service) {
    if (servers_.size() >= kMostPlaces) return;
    const auto [known, is_new] = servers_.try_emplace(place_of(event), &service);
    if (!is_new && known->second != &service) known->second = nullptr;
}

void ServiceMapBuilder::add_response(const Event& event, const std::string& service) {
    if (!event.request || !is_final_response(event.message->status)) return;
    const std::uint64_t request_bytes = size_of_request(event);
    // A request is sent before it is read, so this is known when its server answers.
    const bool client_tells =
        side_of(event) == Side::server && service_at(event.other_end) != nullptr;
    if (client_tells) return;
    EdgeCounts& counts = edges_.of(edge_of(event, service));
    counts.total.add(event, request_bytes);
    counts.routes.of(route_of(event.request->method, event.request->target, event.request->host))
        .add(event, request_bytes);
}

void ServiceMapBuilder::add_unanswered(const Event& event, const std::string& service) {
    const Message& request = *event.message;
    const Field* const host = request.find("Host");
    waiting_.push_back({edge_of(event, service),
                        route_of(request.text(request.method), request.text(request.target),
                                 host == nullptr ? std::string_view() : request.value(*host)),
                        event.other_end});
    if (waiting_.size() > kMostWaiting) count_oldest_waiting();
}

void ServiceMapBuilder::count_oldest_waiting() {
    Unanswered request = std::move(waiting_.front());
    waiting_.pop_front();
    const std::string* const other = service_at(request.other_end);
    const bool client_tells = request.edge.client_is_address && other != nullptr;
    if (client_tells) return;
    if (request.edge.server.empty() && other != nullptr) request.edge.server = *other;
    EdgeCounts& counts = edges_.of(request.edge);
    ++counts.total.unanswered;
    ++counts.routes.of(request.route).unanswered;
}

ServiceMapBuilder::Place ServiceMapBuilder::place_of(const Event& event) {
    Place place{server_of(event)};
    if (!is_loopback(place.address)) return place;
    if (event.process->identity)
        place.network_namespace = event.process->identity->network_namespace;
    if (event.host) place.host = *event.host;
    return place;
}

ServiceMapBuilder::Edge ServiceMapBuilder::edge_of(const Event& event,
                                                   const std::string& service) const {
    if (side_of(event) == Side::server) {
        return {format::address_text(client_of(event)), true, service, place_of(event)};
    }
    const std::string* const server = service_at(event.other_end);
    return {service, false, server == nullptr ? std::string() : *server, place_of(event)};
}

const std::string* ServiceMapBuilder::service_at(
    const std::optional<std::uint64_t>& connection) const {
    if (!connection) return nullptr;
    const auto known = by_connection_.find(*connection);
    return known == by_connection_.end() ? nullptr : known->second;
}

std::string ServiceMapBuilder::service_of(const Event& event) {
    if (event.process->environment) {
        const auto name = environment_variable(*event.process->environment, "OTEL_SERVICE_NAME");
        if (!name.empty()) return std::string(name);
    }
    const auto known = names_.find(event.process_number);
    if (known != names_.end()) return known->second;
    std::string service = event.message->first.comm;
    if (service.empty()) service = "pid " + std::to_string(event.message->first.pid);
    if (names_.size() < kMostEdges) names_.emplace(event.process_number, service);
    return service;
}

const std::string* ServiceMapBuilder::server_at(const Place& place) const {
    const auto known = servers_.find(place);
    return known == servers_.end() ? nullptr : known->second;
}

Calls ServiceMapBuilder::calls_of(const Edge& edge, const EdgeCounts& counts) const {
    Calls calls{edge.client,
                edge.server,
                endpoint_text(edge.place.address),
                counts.total,
                counts.routes.values(),
                counts.routes.rest().value_or(CallCounts())};
    if (!calls.server.empty()) return calls;
    const std::string* const server = server_at(edge.place);
    calls.server = server == nullptr ? calls.address : *server;
    return calls;
}

void ServiceMapBuilder::merge(Calls& calls, const Calls& others) {
    calls.total.add(others.total);
    for (const auto& [route, counts] : others.routes)
        calls.routes[route].add(counts);
    calls.other_routes.add(others.other_routes);
}

ServiceMap ServiceMapBuilder::finish() {
    while (!waiting_.empty())
        count_oldest_waiting();
    ServiceMap map;
    std::set<std::string> external;
    std::map<std::tuple<std::string, std::string, format::Endpoint>, Calls> all;
    for (const auto& [edge, counts] : edges_.values()) {
        Calls calls = calls_of(edge, counts);
        if (edge.client_is_address) external.insert(calls.client);
        if (edge.server.empty() && server_at(edge.place) == nullptr) external.insert(calls.server);
        const auto [known, is_new] =
            all.try_emplace({calls.client, calls.server, edge.place.address}, std::move(calls));
        if (!is_new) merge(known->second, calls);
    }
    for (auto& [key, calls] : all)
        map.calls.push_back(std::move(calls));
    for (const auto& [name, pids] : processes_)
        map.services.push_back({name, false, pids});
    for (const std::string& name : external) {
        if (!processes_.contains(name)) map.services.push_back({name, true, {}});
    }
    if (edges_.rest()) map.other_calls.emplace(edges_.rest()->total);
    return map;
}

}  // namespace httpprof::replay
