// What the options say about which traffic is wanted, in the form that the BPF programs compare.
#pragma once

#include <string>

#include "bpf/knobs.h"
#include "format/result.h"
#include "record/options.h"

namespace httpprof::record {

// All knobs but the recorder's pid. Fails when there is more of something than the programs can
// compare, or a text is too long.
Result<knobs> make_knobs(const Options& options);

}  // namespace httpprof::record
