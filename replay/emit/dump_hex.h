// A capture for reading by people: one line for each record and each frame of another type, and
// below a record its payload in hexadecimal and as ASCII.
#pragma once

#include "format/frame.h"
#include "format/result.h"
#include "replay/emit/output.h"

namespace httpprof::replay {

// Control characters come out escaped.
Result<void> dump_hex(const format::Frame& frame, Output& output);

}  // namespace httpprof::replay
