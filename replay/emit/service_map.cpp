#include "replay/emit/service_map.h"

namespace httpprof::replay {
namespace {

std::string text_of(const ServiceMap& map, ServiceMapFormat format) {
    switch (format) {
        case ServiceMapFormat::yaml:
            return service_map_yaml(map);
        case ServiceMapFormat::json:
            return service_map_json(map);
        case ServiceMapFormat::dot:
            return service_map_dot(map);
        case ServiceMapFormat::mermaid:
            return service_map_mermaid(map);
    }
    return {};
}

}  // namespace

Result<void> ServiceMapEmitter::event(const Event& event) {
    builder_.add(event);
    return {};
}

Result<void> ServiceMapEmitter::finish() {
    const std::string text = text_of(builder_.finish(), format_);
    const auto written =
        format_ == ServiceMapFormat::json ? output_.write_json(text) : output_.write(text);
    if (!written) return written;
    return output_.finish();
}

}  // namespace httpprof::replay
