// A service map in the forms that tools and people read.
#pragma once

#include <cstdint>
#include <string>

#include "replay/emit/emitter.h"
#include "replay/emit/output.h"
#include "replay/service_map.h"

namespace httpprof::replay {

enum class ServiceMapFormat : std::uint8_t { yaml, json, dot, mermaid };

std::string service_map_yaml(const ServiceMap& map);
std::string service_map_json(const ServiceMap& map);
std::string service_map_dot(const ServiceMap& map);      // Graphviz
std::string service_map_mermaid(const ServiceMap& map);  // a flowchart

class ServiceMapEmitter final : public Emitter {
  public:
    // `output` must outlive the emitter.
    ServiceMapEmitter(Output& output, ServiceMapFormat format) : output_(output), format_(format) {}

    Result<void> event(const Event& event) override;
    Result<void> finish() override;

  private:
    Output& output_;
    const ServiceMapFormat format_;
    ServiceMapBuilder builder_;
};

}  // namespace httpprof::replay
