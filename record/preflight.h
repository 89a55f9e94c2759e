// Whether this host and this process can record at all.
#pragma once

#include "format/result.h"

namespace httpprof::record {

// Names the first thing that is missing: kernel version, BTF, privileges.
Result<void> check_host();

}  // namespace httpprof::record
