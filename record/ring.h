// The consumer's side of a BPF ring buffer map (Documentation/bpf/ringbuf.rst of the kernel).
//
// Not libbpf's ring_buffer, which maps the data pages twice from end to end: both copies count as
// resident memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "format/result.h"

namespace httpprof::record {

class Ring {
  public:
    // `map` must stay open. `size` is that of the map, `largest` that of the largest record.
    static Result<std::unique_ptr<Ring>> map(int map, std::size_t size, std::size_t largest);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    // Hands over records as they were reserved, the oldest first, until `limit` were or the next
    // one is still being written; their number. The bytes are gone when `handler` returns.
    using Handler = void (*)(void* context, std::string_view record);
    std::size_t consume(Handler handler, void* context, std::size_t limit);

  private:
    Ring(std::size_t size, std::size_t wrapped) : size_(size), wrapped_(wrapped) {}

    std::size_t produced_mapping_size() const;

    const std::size_t size_;
    const std::size_t wrapped_;  // bytes of the beginning that are mapped again after the end
    std::uint64_t* consumer_position_ = nullptr;
    const std::uint64_t* producer_position_ = nullptr;
    const char* data_ = nullptr;
};

}  // namespace httpprof::record
