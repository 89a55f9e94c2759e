// A control group (v2) by its path.
#pragma once

#include <string>

#include "format/descriptor.h"
#include "format/result.h"

namespace httpprof::record {

// `path` is that of its directory, or what /proc/PID/cgroup shows after "0::".
Result<format::Descriptor> open_cgroup(const std::string& path);

}  // namespace httpprof::record
