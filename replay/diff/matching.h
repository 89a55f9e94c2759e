// Which exchange of one run is which of another.
#pragma once

#include <vector>

#include "replay/diff/exchange_set.h"

namespace httpprof::replay {

// One of them is null for an exchange that only one run has.
struct ExchangePair {
    const RecordedExchange* a = nullptr;
    const RecordedExchange* b = nullptr;
};

// Exchanges of equal key (RecordedExchange::key) are matched in the order in which they occurred on
// their connection. Which connection is which is told by what was said there: those that said the
// same belong together, whatever their order; the others, and what remains of them, as they come.
//
// The result has the order of `a`; behind it comes what only `b` has, in its order.
std::vector<ExchangePair> match(const std::vector<RecordedExchange>& a,
                                const std::vector<RecordedExchange>& b);

}  // namespace httpprof::replay
