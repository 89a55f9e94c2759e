// What `httpprof verify --json` prints: one object for each file, on one line.
//
// Every name is always there; what is not known is null. Ids, digests and keys are lower-case
// hexadecimal. `problems` has the first ones, `problem_count` counts all. `signature` is "none",
// "unknown-key" (valid, but nothing says whose key it is), "known-key" or "wrong". `error` says why
// a file could not be read, or not to its end.
#pragma once

#include <string>

#include "format/verify.h"

namespace httpprof::replay {

// With the end of the line.
std::string verify_json(const format::Verdict& verdict);

}  // namespace httpprof::replay
