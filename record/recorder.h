// One recording, from the first check to the last frame.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "format/frame.h"
#include "format/result.h"
#include "record/options.h"

namespace httpprof::record {

struct Summary {
    std::string reason;   // why it ended: "interrupted", "duration", "command exited", "max-size"
    format::Stats stats;  // final
    std::uint64_t processes = 0;
    std::uint64_t io_uring_processes = 0;  // whose use of io_uring was seen
    double seconds = 0;
    std::uint64_t capture_size = 0;  // bytes, of all segments
    std::uint32_t segments = 1;
    std::uint32_t removed_segments = 0;  // to stay within what may be kept
    format::Digest last_digest{};
    std::optional<int> command_status;
};

// What the caller does at certain points of a recording.
struct Callbacks {
    // The privileges are given up, and threads that are started now do not have them either. The
    // last moment to start one.
    std::function<void()> on_unprivileged = [] {};
    // Everything is attached. `why_unfiltered`: the recorder's system calls are; empty when they
    // are filtered.
    std::function<void(const std::string& why_unfiltered)> on_ready = [](const std::string&) {};
    // Something that the user has to know happened to the recording, or it leaves the command
    // running.
    std::function<void(const std::string&)> on_notice = [](const std::string&) {};
};

// Records until the duration is over, the command exits, or SIGINT, SIGTERM or, unless it is
// ignored, SIGHUP comes; these are blocked from here on, for the whole process, until only the
// reader of a pipe is waited for. This process is left with the privileges and system calls that a
// recording needs; the command keeps all.
//
// An Error after on_ready leaves a capture that is readable up to where it ends.
Result<Summary> record(const Options& options, const Callbacks& callbacks);

}  // namespace httpprof::record
