// What `httpprof info --json` prints: one object for each capture, on one line.
//
// Every name is always there; what is not known is null. Bytes that are usually text are strings,
// taken as ISO-8859-1 where they are not UTF-8. Ids, digests and keys are lower-case hexadecimal.
// Sizes are in bytes. A moment is {"boottime_ns", "utc"}, where utc is RFC 3339 or null. A counter
// is {"cause", "records", "bytes"}.
#pragma once

#include <string>

#include "format/info.h"

namespace httpprof::replay {

// With the end of the line. `file` is its path, as it was given.
std::string info_json(const std::string& file, const format::CaptureInfo& info);

}  // namespace httpprof::replay
