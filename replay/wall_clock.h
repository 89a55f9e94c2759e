// Turns the capture's CLOCK_BOOTTIME into wall time with its Clock frames.
#pragma once

#include <cstdint>
#include <map>

#include "format/frame.h"

namespace httpprof::replay {

class WallClock {
  public:
    void add(const format::Clock& clock);
    bool is_known() const { return !clocks_.empty(); }

    // Nanoseconds since 1970-01-01T00:00:00Z, by the latest Clock at or before `boottime_ns`, else
    // by the first. Without any Clock it is boottime_ns itself: wall time is not known.
    std::int64_t realtime_ns(std::uint64_t boottime_ns) const;

    // Drops what is not needed for times from `boottime_ns` on and before the first Clock.
    void forget_before(std::uint64_t boottime_ns);

  private:
    std::map<std::uint64_t, std::int64_t> clocks_;  // boottime -> realtime
};

}  // namespace httpprof::replay
