// Reading what the kernel shows as files. /proc/PID is gone with its process, also between an open
// and the read that follows (ESRCH), so every step may fail.
#pragma once

#include <cstddef>
#include <string>

#include "format/result.h"

namespace httpprof::record {

// The first `limit` bytes; the error names the path and the reason.
Result<std::string> read_file(const std::string& path, std::size_t limit);

}  // namespace httpprof::record
