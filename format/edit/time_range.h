// The range of time of a slice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "format/edit/slice_filter.h"
#include "format/frame.h"

namespace httpprof::format {

class TimeRange {
  public:
    enum class Place { before, within, behind };

    // That are remembered: records are hardly older than the Clock that stands before them, and one
    // comes every 10 s.
    static constexpr std::size_t kClocks = 16;

    TimeRange(std::optional<TimeBound> from, std::optional<TimeBound> to) : from_(from), to_(to) {}

    // In the order of the capture: wall time is told by the latest ones.
    void add(const Clock& clock);
    // The first record; later calls do not count.
    void note_first_record(std::uint64_t time_ns);

    // Whether nothing can be said before there is a Clock.
    bool needs_clock() const;

    // Of a CLOCK_BOOTTIME. Before the first record came, whatever counts from it is to come.
    Place place(std::uint64_t time_ns) const;

  private:
    bool is_reached(const TimeBound& bound, std::uint64_t time_ns) const;
    std::int64_t realtime_ns(std::uint64_t time_ns) const;

    std::optional<TimeBound> from_;
    std::optional<TimeBound> to_;
    std::optional<std::uint64_t> first_record_ns_;
    std::deque<Clock> clocks_;
};

}  // namespace httpprof::format
