#include "replay/emit/summary_json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "replay/anomaly_counts.h"
#include "replay/completeness.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

using Json = nlohmann::ordered_json;

Json counts_json(const Counts& counts) {
    Json classes = Json::object();
    for (std::size_t i = 1; i < counts.by_class.size(); ++i) {
        if (counts.by_class[i] > 0) classes[std::to_string(i) + "xx"] = counts.by_class[i];
    }
    if (counts.by_class[0] > 0) classes["other"] = counts.by_class[0];
    return {{"requests", counts.requests},
            {"responses", counts.responses},
            {"exchanges", counts.exchanges},
            {"requests_without_response", counts.requests_without_response},
            {"responses_without_request", counts.responses_without_request},
            {"status_classes", std::move(classes)},
            {"errors", counts.errors()},
            {"bytes", counts.bytes}};
}

Json latency_json(const Quantiles& latency_ns) {
    Json object = {{"count", latency_ns.count()},
                   {"p50", latency_ns.percentile(50)},
                   {"p90", latency_ns.percentile(90)},
                   {"p99", latency_ns.percentile(99)},
                   {"max", latency_ns.max()}};
    if (latency_ns.error() > 0) object["error"] = latency_ns.error();
    return object;
}

Json counts_json(const TimedCounts& timed) {
    Json object = counts_json(timed.counts);
    if (timed.latency_ns.count() > 0) object["latency_ns"] = latency_json(timed.latency_ns);
    return object;
}

const Counts& counts_of(const Counts& counts) {
    return counts;
}

const Counts& counts_of(const TimedCounts& timed) {
    return timed.counts;
}

std::uint64_t messages_in(const Counts& counts) {
    return counts.requests + counts.responses;
}

template <typename T>
std::uint64_t messages_in(const BySide<T>& sides) {
    return messages_in(counts_of(sides.client)) + messages_in(counts_of(sides.server));
}

template <typename T>
void put_sides(Json& object, const BySide<T>& sides) {
    if (messages_in(counts_of(sides.client)) > 0) object["client"] = counts_json(sides.client);
    if (messages_in(counts_of(sides.server)) > 0) object["server"] = counts_json(sides.server);
}

Json method_json(const std::string& method) {
    return {{"method", as_utf8(method)}};
}

Json host_json(const std::string& host) {
    return {{"host", as_utf8(host)}};
}

Json process_json(const ProcessName& process) {
    return {{"pid", process.pid}, {"comm", as_utf8(process.comm)}};
}

Json route_json(const Route& route) {
    return {{"method", as_utf8(route.method)},
            {"host", as_utf8(route.authority)},
            {"path", as_utf8(route.path)}};
}

// Those with the most messages first.
template <typename Key, typename Value, typename KeyJson>
Json groups_json(const Groups<Key, Value>& groups, KeyJson key_json) {
    std::vector<const std::pair<const Key, Value>*> sorted;
    for (const auto& group : groups.values())
        sorted.push_back(&group);
    std::ranges::stable_sort(sorted, [](const auto* a, const auto* b) {
        return messages_in(a->second) > messages_in(b->second);
    });
    Json list = Json::array();
    for (const auto* group : sorted) {
        Json object = key_json(group->first);
        put_sides(object, group->second);
        list.push_back(std::move(object));
    }
    return list;
}

template <typename Key, typename Value, typename KeyJson>
void put_groups(Json& object, const std::string& name, const Groups<Key, Value>& groups,
                KeyJson key_json) {
    object[name] = groups_json(groups, key_json);
    if (groups.rest()) put_sides(object["other_" + name] = Json::object(), *groups.rest());
}

Json totals_json(const Traffic& traffic, const Summary& summary) {
    Counts both = traffic.total().client.counts;
    both += traffic.total().server.counts;
    Json object = {{"events", messages_in(both)},
                   {"connections", traffic.connections()},
                   {"processes", summary.processes}};
    object.update(counts_json(both));
    put_sides(object, traffic.total());
    return object;
}

Json anomalies_json(const Summary& summary) {
    Json list = Json::array();
    for (const AnomalyCount& anomaly : worst_first(summary.anomalies))
        list.push_back({{"id", to_string(anomaly.kind)},
                        {"severity", to_string(severity(anomaly.kind))},
                        {"messages", anomaly.messages}});
    return list;
}

Json losses_json(const std::map<std::string, Summary::Loss>& losses) {
    Json list = Json::array();
    for (const auto& [cause, loss] : losses)
        list.push_back(
            {{"cause", as_utf8(cause)}, {"records", loss.records}, {"bytes", loss.bytes}});
    return list;
}

Json missing_json(const Tally& tally) {
    Json list = Json::array();
    for (const auto& [cause, bytes] : tally.missing_bytes)
        list.push_back({{"cause", to_string(cause)}, {"bytes", bytes}});
    return list;
}

Json damage_json(const std::vector<Summary::DamagedPlace>& places) {
    Json list = Json::array();
    for (const auto& [damage, source] : places) {
        Json object = source.empty() ? Json::object() : Json({{"file", as_utf8(source)}});
        object.update(
            {{"offset", damage.offset}, {"size", damage.size}, {"what", as_utf8(damage.what)}});
        list.push_back(std::move(object));
    }
    return list;
}

Json segments_json(const std::vector<format::MissingSegments>& missing) {
    Json list = Json::array();
    for (const auto& [first, last, before] : missing)
        list.push_back({{"first", first}, {"last", last}, {"before", as_utf8(before)}});
    return list;
}

Json unparsed_json(const Tally& tally) {
    Json list = Json::array();
    for (const auto& [protocol, unparsed] : tally.unparsed)
        list.push_back({{"protocol", as_utf8(protocol)},
                        {"connections", unparsed.connections},
                        {"bytes", unparsed.bytes}});
    return list;
}

Json opaque_json(const Tally& tally) {
    Json list = Json::array();
    for (const auto& [protocol, bytes] : tally.opaque_bytes)
        list.push_back({{"protocol", as_utf8(protocol)}, {"bytes", bytes}});
    return list;
}

Json io_uring_json(const Summary& summary) {
    Json list = Json::array();
    for (const auto& [pid, comm] : summary.io_uring)
        list.push_back({{"pid", pid}, {"comm", as_utf8(comm)}});
    return list;
}

Json not_http_json(const NotHttpPlaces& places) {
    Json list = Json::array();
    for (const NotHttpPlace& place : places.listed())
        list.push_back({{"connection", place.connection},
                        {"direction", place.direction == format::Direction::send ? "send" : "recv"},
                        {"source_ip", address_text(place.source)},
                        {"source_port", place.source.port},
                        {"dest_ip", address_text(place.destination)},
                        {"dest_port", place.destination.port},
                        {"offset", place.offset},
                        {"bytes", place.bytes}});
    return list;
}

Json capture_json(const Summary& summary) {
    return {{"complete", is_complete(summary)},
            {"frames", summary.frames},
            {"records", summary.records},
            {"connections", summary.tally.connections},
            {"given_up_connections", summary.tally.given_up_connections},
            {"undated", summary.undated},
            {"lost", losses_json(summary.lost)},
            {"missing", missing_json(summary.tally)},
            {"left_out", losses_json(summary.left_out)},
            {"changes", losses_json(summary.changes)},
            {"damaged_places", summary.damaged_places},
            {"damage", damage_json(summary.damage)},
            {"missing_segments", segments_json(summary.missing_segments)},
            {"malformed_records", summary.malformed_records},
            {"unknown_frames", summary.unknown_frames},
            {"io_uring_processes", summary.io_uring.size() + summary.more_io_uring},
            {"io_uring", io_uring_json(summary)},
            {"not_analyzed", unparsed_json(summary.tally)},
            {"not_http_bytes", summary.tally.not_http_bytes},
            {"not_http_places", summary.tally.not_http_places.count()},
            {"not_http", not_http_json(summary.tally.not_http_places)},
            {"opaque", opaque_json(summary.tally)},
            {"proxy_header_bytes", summary.tally.proxy_header_bytes},
            {"duplicate_bytes", summary.tally.duplicate_bytes}};
}

}  // namespace

std::string summary_json(const Traffic& traffic, const Summary& summary) {
    Json object = {{"totals", totals_json(traffic, summary)}};
    put_groups(object, "methods", traffic.methods(), method_json);
    put_groups(object, "hosts", traffic.hosts(), host_json);
    put_groups(object, "processes", traffic.processes(), process_json);
    put_groups(object, "routes", traffic.routes(), route_json);
    object["anomalies"] = anomalies_json(summary);
    object["capture"] = capture_json(summary);
    return object.dump(2) + '\n';
}

}  // namespace httpprof::replay
