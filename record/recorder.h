// One recording, from the first check to the last frame.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "format/frame.h"
#include "format/result.h"
#include "record/options.h"

namespace httpprof::record {

struct Summary {
    std::string reason;   // why it ended: "interrupted", "duration", "command exited"
    format::Stats stats;  // final
    std::uint64_t processes = 0;
    std::uint64_t io_uring_processes = 0;  // whose use of io_uring was seen
    double seconds = 0;
    std::uint64_t capture_size = 0;  // bytes
    format::Digest last_digest{};
    std::optional<int> command_status;
};

// Records until the duration is over, the command exits, or SIGINT or SIGTERM comes; these two are
// blocked from here on, for the whole process. `on_ready` is called when everything is attached.
//
// An Error after on_ready leaves a capture that is readable up to where it ends.
Result<Summary> record(const Options& options, const std::function<void()>& on_ready);

}  // namespace httpprof::record
