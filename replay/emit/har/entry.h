// An entry of a HAR: README.md, "What HAR says", has what is beyond the specification.
#pragma once

#include <string>

#include "replay/exchanges.h"

namespace httpprof::replay {

// JSON, ended by a newline.
std::string har_entry(const Exchange& exchange);

}  // namespace httpprof::replay
