// The consumer's side of a BPF ring buffer map (Documentation/bpf/ringbuf.rst of the kernel).
//
// Not libbpf's ring_buffer, which maps the data pages twice from end to end: both copies count as
// resident memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "format/descriptor.h"
#include "format/result.h"

namespace httpprof::record {

class Ring {
  public:
    // `size` is that of the map, `largest` that of the largest record.
    static Result<std::unique_ptr<Ring>> map(format::Descriptor map, std::size_t size,
                                             std::size_t largest);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    int descriptor() const { return map_.get(); }

    // Sees what was reserved up to now; what is reserved later is not seen before the next look.
    void look();
    // The oldest record that was seen, until pop(); empty when there is none, or when it is still
    // being written.
    std::string_view front() const { return front_; }
    bool is_being_written() const { return is_being_written_; }
    // Whether records that were not popped take more than three quarters of it.
    bool is_nearly_full() const;
    void pop();
    // Tells the kernel that what was popped can be overwritten. pop() does so now and then.
    void release();

  private:
    Ring(format::Descriptor map, std::size_t size, std::size_t wrapped)
        : map_(std::move(map)), size_(size), wrapped_(wrapped) {}

    std::size_t produced_mapping_size() const;
    void find_front();
    void step_over(std::size_t record_size);

    const format::Descriptor map_;
    const std::size_t size_;
    const std::size_t wrapped_;  // bytes of the beginning that are mapped again after the end
    std::uint64_t* consumer_position_ = nullptr;
    const std::uint64_t* producer_position_ = nullptr;
    const char* data_ = nullptr;

    std::uint64_t position_ = 0;  // of the front
    std::uint64_t end_ = 0;       // of what was seen
    std::string_view front_;
    bool is_being_written_ = false;
    std::size_t unreleased_ = 0;  // records
};

}  // namespace httpprof::record
