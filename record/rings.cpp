#include "record/rings.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include <bpf/bpf.h>

#include "bpf/knobs.h"
#include "bpf/wire.h"
#include "format/descriptor.h"

namespace httpprof::record {
namespace {

// Room for a late reader, which a ring has for itself.
constexpr std::size_t kSmallestShare = 4 * 1024 * 1024;

std::uint64_t time_of(std::string_view record) {
    std::uint64_t time_ns = 0;
    std::memcpy(&time_ns, record.data() + offsetof(wire_header, time_ns), sizeof(time_ns));
    return time_ns;
}

}  // namespace

std::size_t count_rings(std::size_t size, std::size_t cpus) {
    const std::size_t most = std::min({cpus, size / kSmallestShare, std::size_t{KNOB_RINGS_MAX}});
    return std::max(std::bit_floor(most), std::size_t{1});
}

Result<std::unique_ptr<Rings>> Rings::make(std::size_t count, std::size_t size,
                                           std::size_t largest) {
    std::vector<std::unique_ptr<Ring>> rings;
    for (std::size_t i = 0; i < count; ++i) {
        format::Descriptor map(::bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0,
                                                static_cast<std::uint32_t>(size / count), nullptr));
        if (!map.open())
            return format::system_error(
                "cannot make ring buffers of " + std::to_string(size >> 10) + " KiB", errno);
        Result<std::unique_ptr<Ring>> ring = Ring::map(std::move(map), size / count, largest);
        if (!ring) return ring.error();
        rings.push_back(*std::move(ring));
    }
    return std::make_unique<Rings>(std::move(rings));
}

std::vector<int> Rings::descriptors() const {
    std::vector<int> descriptors;
    for (const auto& ring : rings_)
        descriptors.push_back(ring->descriptor());
    return descriptors;
}

// None while a record is being written: it may be older.
Ring* Rings::oldest(std::uint64_t before_ns) {
    Ring* oldest = nullptr;
    for (const auto& ring : rings_) {
        if (ring->is_being_written()) return nullptr;
        if (ring->front().empty()) continue;
        const std::uint64_t time_ns = time_of(ring->front());
        if (time_ns >= before_ns) continue;
        oldest = ring.get();
        before_ns = time_ns;
    }
    return oldest;
}

// `before_ns` is not later than the first look. A record whose maker knew of one that this look
// misses is younger than that, and waits too, whatever the look into its own ring finds.
std::size_t Rings::consume(Handler handler, void* context, std::size_t limit,
                           std::uint64_t before_ns) {
    for (const auto& ring : rings_)
        ring->look();
    std::size_t consumed = 0;
    bool takes_more = true;
    for (Ring* ring = nullptr; takes_more && consumed < limit && (ring = oldest(before_ns));
         ++consumed) {
        takes_more = handler(context, ring->front());
        ring->pop();
    }
    for (const auto& ring : rings_)
        ring->release();
    return consumed;
}

bool Rings::is_nearly_full() const {
    return std::ranges::any_of(rings_, [](const auto& ring) { return ring->is_nearly_full(); });
}

}  // namespace httpprof::record
