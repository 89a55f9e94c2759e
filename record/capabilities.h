// Linux capabilities (capabilities(7)) of the calling thread; each thread has its own.
#pragma once

#include <cstdint>

#include "format/result.h"

namespace httpprof::record {

// One bit for each capability: that of CAP_BPF is capability_bit(CAP_BPF).
using CapabilitySet = std::uint64_t;

constexpr CapabilitySet capability_bit(unsigned capability) {
    return CapabilitySet{1} << capability;
}

struct Capabilities {
    CapabilitySet effective = 0;
    CapabilitySet permitted = 0;
    CapabilitySet inheritable = 0;
};

Capabilities read_capabilities();

// Fails where it would add to what is permitted.
Result<void> set_capabilities(const Capabilities& capabilities);

}  // namespace httpprof::record
