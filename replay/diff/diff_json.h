// A comparison for machines: a JSON line for each exchange that differs, and a last one with
// counts.
#pragma once

#include <string>

#include "replay/diff/comparison.h"

namespace httpprof::replay {

// `{"found":"different"|"only_in_a"|"only_in_b", "comm", "side", "method", "url", "a", "b",
// "differences":[{"message", "path", "a", "b"}]}`, where a and b are the names of the exchange and
// the values, absent where there are none. At the end `{"found":"summary", "equal", "different",
// "only_in_a", "only_in_b"}`.
std::string diff_json(const Comparison& comparison);

}  // namespace httpprof::replay
