#include <yaml-cpp/yaml.h>

#include "replay/emit/service_map.h"
#include "replay/emit/text.h"
#include "replay/emit/yaml_scalar.h"

namespace httpprof::replay {
namespace {

void put_text(YAML::Emitter& yaml, const char* key, const std::string& value) {
    yaml << YAML::Key << key << YAML::Value;
    write_yaml_scalar(yaml, as_utf8(value));
}

void put_number(YAML::Emitter& yaml, const char* key, std::uint64_t value) {
    yaml << YAML::Key << key << YAML::Value << value;
}

void put_counts(YAML::Emitter& yaml, const CallCounts& counts) {
    put_number(yaml, "exchanges", counts.exchanges);
    put_number(yaml, "client_errors", counts.client_errors);
    put_number(yaml, "server_errors", counts.server_errors);
    put_number(yaml, "unanswered", counts.unanswered);
    put_number(yaml, "request_bytes", counts.request_bytes);
    put_number(yaml, "response_bytes", counts.response_bytes);
    if (counts.latency_ns.count() == 0) return;
    yaml << YAML::Key << "latency_ns" << YAML::Value << YAML::Flow << YAML::BeginMap;
    put_number(yaml, "p50", counts.latency_ns.percentile(50));
    put_number(yaml, "p90", counts.latency_ns.percentile(90));
    put_number(yaml, "p99", counts.latency_ns.percentile(99));
    put_number(yaml, "max", counts.latency_ns.max());
    yaml << YAML::EndMap;
}

void put_service(YAML::Emitter& yaml, const Service& service) {
    yaml << YAML::BeginMap;
    put_text(yaml, "name", service.name);
    yaml << YAML::Key << "external" << YAML::Value << service.external;
    if (!service.external) {
        yaml << YAML::Key << "pids" << YAML::Value << YAML::Flow << YAML::BeginSeq;
        for (const std::uint32_t pid : service.pids)
            yaml << pid;
        yaml << YAML::EndSeq;
    }
    yaml << YAML::EndMap;
}

void put_routes(YAML::Emitter& yaml, const Calls& calls) {
    yaml << YAML::Key << "routes" << YAML::Value << YAML::BeginSeq;
    for (const auto& [route, counts] : calls.routes) {
        yaml << YAML::BeginMap;
        put_text(yaml, "method", route.method);
        put_text(yaml, "authority", route.authority);
        put_text(yaml, "path", route.path);
        put_counts(yaml, counts);
        yaml << YAML::EndMap;
    }
    if (calls.other_routes.requests() > 0) {
        yaml << YAML::BeginMap << YAML::Key << "other" << YAML::Value << true;
        put_counts(yaml, calls.other_routes);
        yaml << YAML::EndMap;
    }
    yaml << YAML::EndSeq;
}

void put_calls(YAML::Emitter& yaml, const Calls& calls) {
    yaml << YAML::BeginMap;
    put_text(yaml, "from", calls.client);
    put_text(yaml, "to", calls.server);
    put_text(yaml, "address", calls.address);
    put_counts(yaml, calls.total);
    put_routes(yaml, calls);
    yaml << YAML::EndMap;
}

}  // namespace

std::string service_map_yaml(const ServiceMap& map) {
    YAML::Emitter yaml;
    yaml << YAML::BeginMap << YAML::Key << "services" << YAML::Value << YAML::BeginSeq;
    for (const Service& service : map.services)
        put_service(yaml, service);
    yaml << YAML::EndSeq << YAML::Key << "calls" << YAML::Value << YAML::BeginSeq;
    for (const Calls& calls : map.calls)
        put_calls(yaml, calls);
    yaml << YAML::EndSeq;
    if (map.other_calls) {
        yaml << YAML::Key << "other_calls" << YAML::Value << YAML::BeginMap;
        put_counts(yaml, *map.other_calls);
        yaml << YAML::EndMap;
    }
    yaml << YAML::EndMap;
    return std::string(yaml.c_str(), yaml.size()) + '\n';
}

}  // namespace httpprof::replay
