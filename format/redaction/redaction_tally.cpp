#include "format/redaction/redaction_tally.h"

namespace httpprof::format {
namespace {

// In the order of Redacted.
constexpr std::array<const char*, 7> kCauses = {
    "redacted-header",   "redacted-parameter", "redacted-field",    "redacted-password",
    "redacted-variable", "redacted-argument",  "redacted-uncertain"};

}  // namespace

std::vector<Counter> RedactionTally::counters() const {
    std::vector<Counter> counters;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i].values == 0 && counts_[i].bytes == 0) continue;
        counters.push_back({kCauses[i], counts_[i].values, counts_[i].bytes});
    }
    return counters;
}

}  // namespace httpprof::format
