// Where the kernel names its tracepoints: tracefs.
#pragma once

#include <cstdint>
#include <string>

#include "format/descriptor.h"
#include "format/result.h"

namespace httpprof::record {

// A view of tracefs: /sys/kernel/tracing where it is mounted, else a mount of its own that no other
// process sees and that ends with this object (fsopen, Linux 5.2).
class Tracefs {
  public:
    static Result<Tracefs> open();

    // The number that perf_event_open(2) knows a tracepoint by. `name` is "syscalls/sys_exit_read".
    Result<std::uint64_t> tracepoint_id(const std::string& name) const;

  private:
    explicit Tracefs(format::Descriptor root) : root_(std::move(root)) {}

    format::Descriptor root_;
};

}  // namespace httpprof::record
