// Readings of a clock where they stand in text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replay/normalize/message_edit.h"

namespace httpprof::replay {

// When something was recorded, in seconds since 1970, UTC.
struct ClockSpan {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

// What a message says was the time when it was made: no further from when it was recorded.
constexpr std::int64_t kClockReach = 60;  // seconds

inline bool is_in_reach(std::int64_t seconds, const ClockSpan& recorded) {
    return seconds >= recorded.first - kClockReach && seconds <= recorded.last + kClockReach;
}

// What sets the times in reach to 1970-01-01T00:00:00, in their form but without a fraction of the
// second, of which some programs leave out the last zeros. Found are those of RFC 3339, also in
// lower case, with a space, without an offset and percent-encoded, and HTTP dates (RFC 9110,
// 5.6.7), also with dashes, as cookies have them.
std::vector<Edit> clock_edits(std::string_view text, const ClockSpan& recorded);
void reset_clock_readings(std::string& text, const ClockSpan& recorded);

}  // namespace httpprof::replay
