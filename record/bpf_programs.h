// The BPF programs of bpf/: loaded, attached, and what they count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "format/frame.h"
#include "format/result.h"
#include "record/options.h"

namespace httpprof::record {

class BpfPrograms {
  public:
    // Loads the programs into the kernel; nothing is recorded before attach(). `command_pid` is the
    // process whose descendants are to be recorded, 0 when there is none.
    static Result<std::unique_ptr<BpfPrograms>> load(const Options& options,
                                                     std::uint32_t command_pid);
    virtual ~BpfPrograms() = default;

    virtual Result<void> attach() = 0;
    // After it no record is added to the ring.
    virtual void detach() = 0;

    // Becomes readable when the ring fills up, or holds a process record.
    virtual int ring_descriptor() const = 0;
    // Takes records out of the ring, the oldest first, at most `limit`; their number.
    using RecordHandler = void (*)(void* context, std::string_view record);
    virtual std::size_t consume(RecordHandler handler, void* context, std::size_t limit) = 0;

    // The kernel's part of a Stats frame: all but the recorder's own counters and the time.
    virtual format::Stats read_counters() const = 0;
};

}  // namespace httpprof::record
