#include "format/edit/counters.h"

#include <algorithm>

namespace httpprof::format {
namespace {

// Far more and longer than any recorder has.
constexpr std::size_t kMaxCauses = 256;
constexpr std::size_t kMaxCauseSize = 256;
// Of one cause: no recorder gets there, and 256 causes do not overflow.
constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 55;

std::uint64_t sum_of(std::uint64_t a, std::uint64_t b) {
    return std::min(std::min(a, kMaxCount) + std::min(b, kMaxCount), kMaxCount);
}

}  // namespace

void Counters::add(const Counter& counter) {
    Counter& sum = of(counter.cause);
    sum.records = sum_of(sum.records, counter.records);
    sum.bytes = sum_of(sum.bytes, counter.bytes);
}

void Counters::add(const std::vector<Counter>& counters) {
    for (const Counter& counter : counters)
        add(counter);
}

void Counters::raise(const std::vector<Counter>& counters) {
    // A list can have a cause twice, and then means the sum.
    Counters read;
    read.add(counters);
    for (const Counter& counter : read.counters_) {
        Counter& known = of(counter.cause);
        known.records = std::max(known.records, counter.records);
        known.bytes = std::max(known.bytes, counter.bytes);
    }
}

Counter& Counters::of(const std::string& cause) {
    if (cause.size() > kMaxCauseSize) return of("other");
    const auto known = std::ranges::find(counters_, cause, &Counter::cause);
    if (known != counters_.end()) return *known;
    if (counters_.size() >= kMaxCauses && cause != "other") return of("other");
    return counters_.emplace_back(Counter{.cause = cause});
}

}  // namespace httpprof::format
