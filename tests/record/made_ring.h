// A ring buffer map to read from, of which the test is the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/descriptor.h"

namespace httpprof::record {

// A file laid out as the kernel lays out the map: the consumer's page, the producer's, and the data
// twice in a row.
class MadeRing {
  public:
    static constexpr std::size_t kSize = 4096 * 4;

    MadeRing() : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
        if (::ftruncate(file_.get(), static_cast<off_t>(mapped_size())) != 0) return;
        memory_ = static_cast<char*>(
            ::mmap(nullptr, mapped_size(), PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0));
    }
    ~MadeRing() { ::munmap(memory_, mapped_size()); }
    MadeRing(const MadeRing&) = delete;
    MadeRing& operator=(const MadeRing&) = delete;

    format::Descriptor descriptor() const { return format::Descriptor(::dup(file_.get())); }

    // As bpf_ringbuf_reserve and _submit; where its header is.
    std::size_t produce(const std::string& record, std::uint32_t flags = 0) {
        const std::size_t place = produced_ % kSize;
        put(place, std::string(BPF_RINGBUF_HDR_SZ, '\0') + record);
        set_length(place, static_cast<std::uint32_t>(record.size()) | flags);
        produced_ += (record.size() + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
        std::memcpy(memory_ + page_, &produced_, sizeof(produced_));
        return place;
    }
    void set_length(std::size_t place, std::uint32_t length) {
        put(place, std::string(reinterpret_cast<const char*>(&length), sizeof(length)));
    }
    std::uint64_t produced() const { return produced_; }
    // How far the consumer has told the kernel that it is.
    std::uint64_t consumed() const {
        std::uint64_t position = 0;
        std::memcpy(&position, memory_, sizeof(position));
        return position;
    }

  private:
    std::size_t mapped_size() const { return 2 * page_ + 2 * kSize; }
    // Bytes beyond the end are those at the beginning.
    void put(std::size_t place, const std::string& bytes) {
        char* const data = memory_ + 2 * page_;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            data[(place + i) % kSize] = bytes[i];
            data[(place + i) % kSize + kSize] = bytes[i];
        }
    }

    const std::size_t page_;
    format::Descriptor file_{::memfd_create("ring", MFD_CLOEXEC)};
    char* memory_ = nullptr;
    std::uint64_t produced_ = 0;
};

}  // namespace httpprof::record
