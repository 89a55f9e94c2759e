// A process as a resource of OpenTelemetry: what its spans have in common.
#pragma once

#include <string>

#include "replay/emit/emitter.h"

namespace httpprof::replay {

// A Resource as JSON, of the process that the event was recorded at.
std::string otlp_resource(const Event& event);

}  // namespace httpprof::replay
