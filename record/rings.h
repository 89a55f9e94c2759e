// The ring buffers that the BPF programs write to, each CPU to one of them, read as one: by the
// times of the records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "record/ring.h"

namespace httpprof::record {

// Rings for this many CPUs that are `size` bytes together: a power of two, at most KNOB_RINGS_MAX,
// and fewer when they would be small.
std::size_t count_rings(std::size_t size, std::size_t cpus);

class Rings {
  public:
    // Makes `count` ring buffer maps of `size` bytes together. `largest` is the size of the largest
    // record.
    static Result<std::unique_ptr<Rings>> make(std::size_t count, std::size_t size,
                                               std::size_t largest);
    explicit Rings(std::vector<std::unique_ptr<Ring>> rings) : rings_(std::move(rings)) {}

    // Of the maps.
    std::vector<int> descriptors() const;

    // Hands over records that were made before a time (CLOCK_BOOTTIME), until `limit` were, the
    // handler takes no more, or the next one of any ring is still being written; their number. What
    // is made after another record was, in whatever ring, is handed over after it. The bytes are
    // gone when `handler` returns, which says whether it takes another one.
    using Handler = bool (*)(void* context, std::string_view record);
    std::size_t consume(Handler handler, void* context, std::size_t limit, std::uint64_t before_ns);
    // Whether any of them is.
    bool is_nearly_full() const;

  private:
    Ring* oldest(std::uint64_t before_ns);

    std::vector<std::unique_ptr<Ring>> rings_;
};

}  // namespace httpprof::record
