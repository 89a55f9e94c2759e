#include <nlohmann/json.hpp>

#include "replay/emit/service_map.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

using Json = nlohmann::ordered_json;

Json latency_of(const Quantiles& latency_ns) {
    return {{"p50", latency_ns.percentile(50)},
            {"p90", latency_ns.percentile(90)},
            {"p99", latency_ns.percentile(99)},
            {"max", latency_ns.max()}};
}

void put_counts(Json& object, const CallCounts& counts) {
    object["exchanges"] = counts.exchanges;
    object["client_errors"] = counts.client_errors;
    object["server_errors"] = counts.server_errors;
    object["unanswered"] = counts.unanswered;
    object["request_bytes"] = counts.request_bytes;
    object["response_bytes"] = counts.response_bytes;
    if (counts.latency_ns.count() > 0) object["latency_ns"] = latency_of(counts.latency_ns);
}

Json routes_of(const Calls& calls) {
    Json list = Json::array();
    for (const auto& [route, counts] : calls.routes) {
        Json object = {{"method", as_utf8(route.method)},
                       {"authority", as_utf8(route.authority)},
                       {"path", as_utf8(route.path)}};
        put_counts(object, counts);
        list.push_back(std::move(object));
    }
    if (calls.other_routes.requests() > 0) {
        Json object = {{"other", true}};
        put_counts(object, calls.other_routes);
        list.push_back(std::move(object));
    }
    return list;
}

}  // namespace

std::string service_map_json(const ServiceMap& map) {
    Json root = {{"services", Json::array()}, {"calls", Json::array()}};
    for (const Service& service : map.services) {
        Json object = {{"name", as_utf8(service.name)}, {"external", service.external}};
        if (!service.external) object["pids"] = service.pids;
        root["services"].push_back(std::move(object));
    }
    for (const Calls& calls : map.calls) {
        Json object = {{"from", as_utf8(calls.client)},
                       {"to", as_utf8(calls.server)},
                       {"address", calls.address}};
        put_counts(object, calls.total);
        object["routes"] = routes_of(calls);
        root["calls"].push_back(std::move(object));
    }
    if (map.other_calls) put_counts(root["other_calls"], *map.other_calls);
    return root.dump(2) + '\n';
}

}  // namespace httpprof::replay
