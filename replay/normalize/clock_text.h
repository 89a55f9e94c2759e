// Readings of a clock where they stand in text.
#pragma once

#include <cstdint>
#include <string>

namespace httpprof::replay {

// What a message says was the time when it was made: no further from when it was recorded.
constexpr std::int64_t kClockReach = 60;  // seconds

// Sets the times within kClockReach of `now_ns` (since 1970, UTC) to 1970-01-01T00:00:00; the
// length and the form stay. Found are those of RFC 3339, also with a space and without an offset,
// and HTTP dates (RFC 9110, 5.6.7, IMF-fixdate).
void reset_clock_readings(std::string& text, std::int64_t now_ns);

}  // namespace httpprof::replay
