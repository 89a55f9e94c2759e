// What the End of a derived capture says of the way from its sources: README.md, "Derived
// captures".
#pragma once

#include <string_view>

namespace httpprof::format {

// The causes of what could not be read of a source.
inline constexpr std::string_view kUnreadable = "unreadable";
inline constexpr std::string_view kUnknownFrames = "unknown-frames";
inline constexpr std::string_view kUnclosed = "unclosed";
inline constexpr std::string_view kMissingSegments = "missing-segments";

// Whether a source may have held more than could be taken from it. False for what was left out or
// overwritten because that was asked for, or is in the capture elsewhere. A cause that this version
// does not know is taken for a loss.
bool is_loss(std::string_view cause);

}  // namespace httpprof::format
