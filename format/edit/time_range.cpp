#include "format/edit/time_range.h"

#include <algorithm>

namespace httpprof::format {
namespace {

bool is_wall_time(const std::optional<TimeBound>& bound) {
    return bound && std::holds_alternative<WallTime>(*bound);
}

}  // namespace

void TimeRange::add(const Clock& clock) {
    clocks_.push_back(clock);
    if (clocks_.size() > kClocks) clocks_.pop_front();
}

void TimeRange::note_first_record(std::uint64_t time_ns) {
    if (!first_record_ns_) first_record_ns_ = time_ns;
}

bool TimeRange::needs_clock() const {
    return clocks_.empty() && (is_wall_time(from_) || is_wall_time(to_));
}

TimeRange::Place TimeRange::place(std::uint64_t time_ns) const {
    if (from_ && !is_reached(*from_, time_ns)) return Place::before;
    return to_ && is_reached(*to_, time_ns) ? Place::behind : Place::within;
}

bool TimeRange::is_reached(const TimeBound& bound, std::uint64_t time_ns) const {
    if (const auto* wall = std::get_if<WallTime>(&bound))
        return realtime_ns(time_ns) >= wall->realtime_ns;
    if (!first_record_ns_ || time_ns < *first_record_ns_) return false;
    return time_ns - *first_record_ns_ >= std::get<SinceFirstRecord>(bound).ns;
}

// README.md, "Clock".
std::int64_t TimeRange::realtime_ns(std::uint64_t time_ns) const {
    if (clocks_.empty()) return static_cast<std::int64_t>(time_ns);
    const auto last = std::find_if(clocks_.rbegin(), clocks_.rend(), [&](const Clock& clock) {
        return clock.boottime_ns <= time_ns;
    });
    const Clock& clock = last == clocks_.rend() ? clocks_.front() : *last;
    // Unsigned, so that what no clock ever showed wraps instead of overflowing.
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(clock.realtime_ns) + time_ns -
                                     clock.boottime_ns);
}

}  // namespace httpprof::format
