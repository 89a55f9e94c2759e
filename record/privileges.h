// Gives up the privileges that a recording no longer needs once its BPF programs are attached.
#pragma once

#include <string>

#include "format/result.h"

namespace httpprof::record {

// What a recording will still do.
struct PrivilegeNeeds {
    // Read what /proc shows of other users' processes only to the privileged.
    bool other_processes = false;
    // Signal a COMMAND, which may have changed its user.
    bool command = false;
    // The path that the capture gets when it is finished; empty when it has no name to be given.
    std::string output = {};
};

// Reduces the capabilities of the calling thread to what `needs` takes, forgets the ambient and,
// where permitted, the bounding ones, and sets no-new-privs. Threads keep what they have: call it
// before there are any, after everything is attached and the output is open. A process without
// capabilities loses nothing and does not fail.
Result<void> drop_privileges(const PrivilegeNeeds& needs);

}  // namespace httpprof::record
