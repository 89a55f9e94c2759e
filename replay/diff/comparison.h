// What two runs have differently.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "replay/diff/exchange_set.h"
#include "replay/diff/json_tree.h"
#include "replay/diff/matching.h"

namespace httpprof::replay {

// One value, which one of both may lack (null). It lives as long as the exchanges.
struct Difference {
    static constexpr std::size_t kMostPathSize = 512;

    std::string message;  // "request", "response", "interim response 1"
    // "headers.etag", "body.items[2].price"; empty for the whole message. Of a longer one than
    // kMostPathSize only the end, behind an ellipsis.
    std::string path;
    const JsonTree* a = nullptr;
    const JsonTree* b = nullptr;
};

struct DifferingExchange {
    ExchangePair pair;
    std::vector<Difference> differences;  // none when only one run has the exchange
};

struct Comparison {
    std::vector<DifferingExchange> differing;  // in the order of match()
    std::size_t equal = 0;                     // exchanges that both have
    std::size_t different = 0;                 // likewise
    std::size_t only_in_a = 0;
    std::size_t only_in_b = 0;
};

// Refers to the sets, which must outlive it.
Comparison compare(const ExchangeSet& a, const ExchangeSet& b);

}  // namespace httpprof::replay
