// A CaptureInfo from frames one by one, or from the index that describes them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "format/info.h"

namespace httpprof::format {

class InfoBuilder {
  public:
    // Every frame that is intact.
    void add(const IndexEntry& frame);
    // All, or those that are in force at the wanted times, and the first.
    void add(const Clock& clock);

    // The boot times whose wall time is wanted, once all frames were added.
    std::vector<std::uint64_t> wanted_times() const;

    // With the times filled in; everything else is for the caller to fill in.
    CaptureInfo finish();

    CaptureInfo info;

  private:
    struct Range {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };

    static void extend(std::optional<Range>& range, std::uint64_t first, std::uint64_t last);
    std::optional<Range> span() const;
    Moment moment(std::uint64_t boottime_ns) const;
    std::optional<TimeSpan> time_span(const std::optional<Range>& range) const;

    std::optional<Range> timed_;  // all frames that have a time
    std::optional<Range> clocked_;
    std::optional<Range> recorded_;
    std::vector<Clock> clocks_;  // by boot time, once finished
};

}  // namespace httpprof::format
