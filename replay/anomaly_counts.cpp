#include "replay/anomaly_counts.h"

#include <algorithm>

namespace httpprof::replay {

std::vector<AnomalyCount> worst_first(const std::map<AnomalyKind, std::uint64_t>& messages) {
    std::vector<AnomalyCount> counts;
    for (const auto& [kind, count] : messages)
        counts.push_back({kind, count});
    std::ranges::stable_sort(counts, [](const AnomalyCount& a, const AnomalyCount& b) {
        const Severity severity_a = severity(a.kind);
        const Severity severity_b = severity(b.kind);
        return severity_a != severity_b ? severity_a < severity_b : a.messages > b.messages;
    });
    return counts;
}

}  // namespace httpprof::replay
