// Whether the counters of a capture are those of its records.
#pragma once

#include <cstdint>
#include <optional>

#include "format/census.h"
#include "format/frame.h"
#include "format/verify.h"

namespace httpprof::format {

class CounterCheck {
  public:
    explicit CounterCheck(Verdict& verdict) : verdict_(verdict) {}

    // Every intact frame, in order.
    void add(const Frame& frame);

    std::uint64_t records() const { return census_.records(); }

  private:
    void check(const Frame& frame, const RecordBatch& batch);
    void check(const Frame& frame, const Stats& stats);
    void check(const Frame& frame, const End& end);
    void check(const Frame& frame, const Totals& totals);
    bool has_all_before(const Frame& frame) const;

    Verdict& verdict_;
    Census census_;
    std::uint64_t frames_ = 0;  // before the one at hand
    std::uint64_t raw_bytes_ = 0;
    std::optional<Stats> last_stats_;
    std::uint64_t last_stats_number_ = 0;
};

}  // namespace httpprof::format
