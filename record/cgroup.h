// A control group (v2) by its path.
#pragma once

#include <string>

#include "format/descriptor.h"
#include "format/result.h"

namespace httpprof::record {

struct Cgroup {
    format::Descriptor directory;
    std::string path;  // of the directory
};

// `path` is that of its directory, or what /proc/PID/cgroup shows after "0::".
Result<Cgroup> open_cgroup(const std::string& path);

// Not refused where it is no cgroup.
format::Descriptor open_directory(const std::string& path);

}  // namespace httpprof::record
