#include "replay/wall_clock.h"

#include <iterator>

namespace httpprof::replay {

void WallClock::add(const format::Clock& clock) {
    clocks_.insert_or_assign(clock.boottime_ns, clock.realtime_ns);
}

std::int64_t WallClock::realtime_ns(std::uint64_t boottime_ns) const {
    if (clocks_.empty()) return static_cast<std::int64_t>(boottime_ns);
    auto clock = clocks_.upper_bound(boottime_ns);
    if (clock != clocks_.begin()) --clock;
    // Unsigned, so that times no clock ever showed wrap instead of overflowing.
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(clock->second) + boottime_ns -
                                     clock->first);
}

void WallClock::forget_before(std::uint64_t boottime_ns) {
    auto in_use = clocks_.upper_bound(boottime_ns);
    if (in_use == clocks_.begin() || --in_use == clocks_.begin()) return;
    clocks_.erase(std::next(clocks_.begin()), in_use);
}

}  // namespace httpprof::replay
