// Whether this host and this process can record, and how completely.
#pragma once

#include <string>
#include <vector>

#include "format/result.h"

namespace httpprof::record {

enum class FindingState {
    kOk,
    kLimited,  // recording works, without what `detail` says
    kMissing,  // nothing can be recorded
    kUnknown,  // could not be looked at, for the reason in `detail`
};

struct Finding {
    std::string what;  // "kernel", "CAP_BPF", "tracepoint sched_process_exit"
    FindingState state = FindingState::kOk;
    std::string detail;  // what was found, or what to do
};

// Everything that recording depends on, the basic things first. Loads the BPF programs once, which
// takes as long as at the start of a recording, and attaches nothing.
std::vector<Finding> examine_host();

// Names the first thing that is missing: kernel version, BTF, privileges, tracefs. Looks only at
// what is quick to look at; the rest shows itself when it is used.
Result<void> check_host();

// Whether a process can be named by its pid: the kernel knows it by the pid that it has in the
// first pid namespace, and a recorder in another one does not.
Result<void> check_pids_are_the_hosts();

}  // namespace httpprof::record
