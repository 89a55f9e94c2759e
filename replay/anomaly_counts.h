// Which anomalies there are, in the order in which people want to know.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "replay/message.h"

namespace httpprof::replay {

struct AnomalyCount {
    AnomalyKind kind;
    std::uint64_t messages = 0;  // that have it
};

// Severe ones first, and of those of one severity the most frequent.
std::vector<AnomalyCount> worst_first(const std::map<AnomalyKind, std::uint64_t>& messages);

}  // namespace httpprof::replay
