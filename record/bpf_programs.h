// The BPF programs of bpf/: loaded, attached, and what they count.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "format/frame.h"
#include "format/result.h"
#include "record/options.h"
#include "record/rings.h"

namespace httpprof::record {

class BpfPrograms {
  public:
    // Loads the programs into the kernel. `command_pid` is the process that is to be recorded with
    // its descendants, 0 when there is none.
    static Result<std::unique_ptr<BpfPrograms>> load(const Options& options,
                                                     std::uint32_t command_pid);
    virtual ~BpfPrograms() = default;

    virtual Result<void> attach() = 0;
    // Records come only between these two, from all programs at once.
    virtual void start() = 0;
    virtual void stop() = 0;
    // Takes the kernel a while: it waits for what may still be running.
    virtual void detach() = 0;

    // Each wakes who waits for it with EPOLLET when its ring fills up, or has got a process record.
    virtual std::vector<int> ring_descriptors() const = 0;
    virtual Rings& rings() = 0;

    // Selects the cgroups that were removed and made again; what there is to say about them.
    virtual std::vector<std::string> renew_cgroups() = 0;

    // The kernel's part of a Stats frame: what it produced, lost and left out.
    virtual format::Stats read_counters() const = 0;
};

}  // namespace httpprof::record
