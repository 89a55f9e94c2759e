#include "record/ring.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

namespace httpprof::record {
namespace {

// Between two notes to the kernel of how far we are: its programs read the note at every record.
constexpr std::size_t kRecordsPerNote = 64;

std::size_t page_size() {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t round_up(std::size_t size, std::size_t unit) {
    return (size + unit - 1) / unit * unit;
}

template <typename T>
T load_acquire(const T* from) {
    return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

}  // namespace

Result<std::unique_ptr<Ring>> Ring::map(format::Descriptor map, std::size_t size,
                                        std::size_t largest) {
    const std::size_t wrapped = std::min(size, round_up(largest + BPF_RINGBUF_HDR_SZ, page_size()));
    std::unique_ptr<Ring> ring(new Ring(std::move(map), size, wrapped));
    const std::size_t page = page_size();
    void* consumer =
        ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, ring->descriptor(), 0);
    if (consumer == MAP_FAILED) return format::system_error("cannot map a ring buffer", errno);
    ring->consumer_position_ = static_cast<std::uint64_t*>(consumer);
    void* produced = ::mmap(nullptr, ring->produced_mapping_size(), PROT_READ, MAP_SHARED,
                            ring->descriptor(), static_cast<off_t>(page));
    if (produced == MAP_FAILED) return format::system_error("cannot map a ring buffer", errno);
    ring->producer_position_ = static_cast<const std::uint64_t*>(produced);
    ring->data_ = static_cast<const char*>(produced) + page;
    return ring;
}

Ring::~Ring() {
    if (consumer_position_) ::munmap(consumer_position_, page_size());
    if (producer_position_)
        ::munmap(const_cast<std::uint64_t*>(producer_position_), produced_mapping_size());
}

std::size_t Ring::produced_mapping_size() const {
    return page_size() + size_ + wrapped_;
}

void Ring::look() {
    end_ = load_acquire(producer_position_);
    find_front();
}

bool Ring::is_nearly_full() const {
    return load_acquire(producer_position_) - position_ > size_ / 4 * 3;
}

void Ring::find_front() {
    front_ = {};
    is_being_written_ = false;
    while (position_ < end_ && front_.empty() && !is_being_written_) {
        const char* record = data_ + (position_ & (size_ - 1));
        const std::uint32_t length = load_acquire(reinterpret_cast<const std::uint32_t*>(record));
        const std::uint32_t size = length & ~BPF_RINGBUF_DISCARD_BIT;
        if (length & BPF_RINGBUF_BUSY_BIT) {
            is_being_written_ = true;
        } else if (length & BPF_RINGBUF_DISCARD_BIT) {
            step_over(size);
        } else {
            front_ = {record + BPF_RINGBUF_HDR_SZ, size};
        }
    }
}

void Ring::step_over(std::size_t record_size) {
    position_ += round_up(record_size + BPF_RINGBUF_HDR_SZ, 8);
    if (++unreleased_ == kRecordsPerNote) release();
}

void Ring::pop() {
    step_over(front_.size());
    find_front();
}

void Ring::release() {
    unreleased_ = 0;
    __atomic_store_n(consumer_position_, position_, __ATOMIC_RELEASE);
}

}  // namespace httpprof::record
