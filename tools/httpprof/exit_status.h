// The exit statuses of the commands beside 0 and that of fail(); diff has those of diff(1).
#pragma once

namespace httpprof::cli {

inline constexpr int kCommandLineIsWrong = 2;
// It was done, but something was damaged, lost or left out.
inline constexpr int kNotWhole = 3;

}  // namespace httpprof::cli
