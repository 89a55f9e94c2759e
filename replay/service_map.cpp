#include "replay/service_map.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

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

std::string address_of(const format::Endpoint& endpoint) {
    const std::string address = format::address_text(endpoint);
    const bool is_ipv6 = address.find(':') != address.npos;
    return (is_ipv6 ? '[' + address + ']' : address) + ':' + std::to_string(endpoint.port);
}

}  // namespace

void CallCounts::add(const Event& response) {
    const Message& message = *response.message;
    ++exchanges;
    if (message.status / 100 == 4) ++client_errors;
    if (message.status / 100 == 5) ++server_errors;
    request_bytes += response.request->bytes;
    response_bytes += message.size;
    if (response.latency_ns) latency_ns.add(*response.latency_ns);
}

void ServiceMapBuilder::add(const Event& event) {
    const std::string service = service_of(event);
    processes_[service].insert(event.message->first.pid);
    if (side_of(event) == Side::server) servers_.try_emplace(server_of(event), service);
    if (event.message->kind == Message::Kind::response) return add_response(event);
    // A request is sent before it is read, so this is known when its server answers.
    const bool is_client = side_of(event) == Side::client;
    if (is_client && clients_.size() < kMostConnections) {
        clients_.emplace(client_of(event), server_of(event));
    }
}

void ServiceMapBuilder::add_response(const Event& event) {
    if (!event.request || !is_final_response(event.message->status)) return;
    const bool is_client = side_of(event) == Side::client;
    const Tuple connection(client_of(event), server_of(event));
    if (!is_client && clients_.contains(connection)) return;  // its client tells of it
    Edge edge;
    edge.client = is_client ? service_of(event) : format::address_text(client_of(event));
    edge.client_is_address = !is_client;
    if (!is_client) edge.server = service_of(event);
    edge.address = server_of(event);
    EdgeCounts& counts = edges_.of(edge);
    counts.total.add(event);
    counts.routes.of(route_of(event.request->method, event.request->target, event.request->host))
        .add(event);
}

std::string ServiceMapBuilder::service_of(const Event& event) {
    const auto known = names_.find(event.process.get());
    if (known != names_.end()) return known->second;
    std::string_view name;
    if (event.process->environment) {
        name = environment_variable(*event.process->environment, "OTEL_SERVICE_NAME");
    }
    std::string service(name.empty() ? std::string_view(event.message->first.comm) : name);
    if (service.empty()) service = "pid " + std::to_string(event.message->first.pid);
    // Redaction makes another object of a process each time; such names are not kept.
    if (names_.size() < kMostEdges) {
        kept_.push_back(event.process);
        names_.emplace(event.process.get(), service);
    }
    return service;
}

std::string ServiceMapBuilder::server_at(const format::Endpoint& address) const {
    const auto known = servers_.find(address);
    return known == servers_.end() ? address_of(address) : known->second;
}

ServiceMap ServiceMapBuilder::finish() {
    ServiceMap map;
    std::set<std::string> external;
    for (const auto& [edge, counts] : edges_.values()) {
        Calls calls{edge.client,
                    edge.server,
                    address_of(edge.address),
                    counts.total,
                    counts.routes.values(),
                    counts.routes.rest().value_or(CallCounts())};
        if (calls.server.empty()) calls.server = server_at(edge.address);
        if (edge.client_is_address) external.insert(calls.client);
        if (edge.server.empty() && !servers_.contains(edge.address)) external.insert(calls.server);
        map.calls.push_back(std::move(calls));
    }
    for (const auto& [name, pids] : processes_)
        map.services.push_back({name, false, pids});
    for (const std::string& name : external) {
        if (!processes_.contains(name)) map.services.push_back({name, true, {}});
    }
    if (edges_.rest()) map.other_calls.emplace(edges_.rest()->total);
    return map;
}

}  // namespace httpprof::replay
