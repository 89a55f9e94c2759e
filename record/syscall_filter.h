// Leaves this process only the system calls that a recording uses from its start to its end.
#pragma once

#include <sys/types.h>

#include "format/result.h"

namespace httpprof::record {

// What differs between recordings.
struct SyscallNeeds {
    pid_t command = 0;             // the COMMAND that is signalled and waited for; 0: there is none
    bool names_output = false;     // the capture gets its name when it is finished
    bool creates_files = false;    // more files for the capture, as it is rotated
    bool selects_cgroups = false;  // again, when they are made again
    // In this process, which may need a temporary file and the width of its terminal.
    bool has_reader = false;
};

// Whether this kernel can filter system calls.
bool can_filter_syscalls();

// Filters those of all threads, those that exist as well, for good. Call it when every thread is
// started and everything is open: no file can be written from then on that is not open or was made
// since, nor be made unless files are needed; no socket, process or thread be made, no memory be
// made executable. What is refused fails with ENOSYS. Needs no privilege (no-new-privs gets set);
// fails where the kernel has no seccomp, which leaves everything as it was.
Result<void> filter_syscalls(const SyscallNeeds& needs);

}  // namespace httpprof::record
