// The process tree, as /proc has it.
#pragma once

#include <cstdint>
#include <vector>

namespace httpprof::record {

// The processes below `ancestors`, without these.
std::vector<std::uint32_t> descendants_of(const std::vector<std::uint32_t>& ancestors);

}  // namespace httpprof::record
