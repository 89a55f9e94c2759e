// Wire records on their way into a Records frame.
//
// The fixed parts stand together, and so do the payloads, in memory that then becomes the frame's
// message: what crossed the sockets is copied once between the ring and the compression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/record.h"

namespace httpprof::format {

// Fixed parts of records are words of this many bytes, where they are taken apart into columns.
inline constexpr std::size_t kWordSize = 8;
inline constexpr std::size_t kMostWords = 255;  // of a fixed part: their count is one byte

class RecordBlock {
  public:
    // A block is full at this many bytes; the last record may take it beyond.
    static constexpr std::size_t kFullSize = 4 * 1024 * 1024;

    void append(const WireRecord& record);
    void append(std::string_view record) { append(WireRecord{record}); }
    void clear();

    bool empty() const { return ends_.empty(); }
    bool full() const { return size() >= kFullSize; }
    std::size_t size() const { return fixed_parts_.size() + payloads_size_; }  // bytes
    std::size_t count() const { return ends_.size(); }                         // records
    // One that cannot be taken apart has no payload. Good until the block changes.
    WireRecord record(std::size_t index) const {
        const Ends begin = index == 0 ? Ends{} : ends_[index - 1];
        const Ends end = ends_[index];
        return {{fixed_parts_.data() + begin.fixed, end.fixed - begin.fixed},
                {message_.data() + kRoomBefore + begin.payload, end.payload - begin.payload}};
    }

    // Of each record the words of 8 bytes that its fixed part has, one byte each. Empty when there
    // is a record whose fixed part is not made of whole words, or that is none: such a block cannot
    // go into columns.
    std::string_view word_counts() const { return word_counts_; }
    std::string_view fixed_parts() const { return fixed_parts_; }
    std::size_t payloads_size() const { return payloads_size_; }

    // Bytes of the message in front of the payloads.
    static constexpr std::size_t kRoomBefore = 56;
    // The memory of the message, at an address that is a multiple of 8: the room before, the
    // payloads, and `room_behind` bytes. Rooms are zeros.
    std::string& message_memory(std::size_t room_behind);

  private:
    struct Ends {
        std::uint32_t fixed = 0;
        std::uint32_t payload = 0;
    };

    std::string fixed_parts_;
    std::string message_;  // the payloads behind kRoomBefore bytes; empty: none came yet
    std::size_t payloads_size_ = 0;
    std::string word_counts_;
    bool has_whole_words_ = true;
    std::vector<Ends> ends_;
};

}  // namespace httpprof::format
