#include "format/record_block.h"

#include <algorithm>
#include <cstdint>

#include "bpf/wire.h"
#include "format/bytes.h"

namespace httpprof::format {
namespace {

// What a block grows to, with one large record and the columns' own bytes: strings that grow by
// doubling would hold twice of that.
constexpr std::size_t kRoom = RecordBlock::kFullSize + RecordBlock::kFullSize / 8;

// The bytes of the record's fixed part; 0 when it is not made of whole words, or there is none.
//
// Not inlined: where gcc knows how large the size can be, it copies with rep movs, which starts
// slowly.
[[gnu::noinline]] std::size_t whole_fixed_part(const WireRecord& record) {
    if (record.fixed.size() < sizeof(wire_header)) return 0;
    const char* const header = record.fixed.data();
    const std::size_t size =
        load_little_endian<std::uint16_t>(header + offsetof(wire_header, header_size));
    const bool is_whole =
        size % kWordSize == 0 && size >= sizeof(wire_header) && size <= kMostWords * kWordSize &&
        size <= record.fixed.size() && (record.payload.empty() || size == record.fixed.size()) &&
        load_little_endian<std::uint32_t>(header + offsetof(wire_header, size)) == record.size();
    return is_whole ? size : 0;
}

}  // namespace

void RecordBlock::append(const WireRecord& record) {
    if (message_.capacity() < kRoom) message_.reserve(kRoom);
    if (fixed_parts_.capacity() < kRoom) fixed_parts_.reserve(kRoom);
    message_.resize(kRoomBefore + payloads_size_);
    const std::size_t fixed = whole_fixed_part(record);
    if (fixed == 0) {
        has_whole_words_ = false;
        fixed_parts_.append(record.fixed).append(record.payload);
    } else {
        word_counts_ += static_cast<char>(fixed / kWordSize);
        fixed_parts_.append(record.fixed, 0, fixed);
        message_.append(record.fixed, fixed).append(record.payload);
        payloads_size_ += record.size() - fixed;
    }
    if (!has_whole_words_) word_counts_.clear();
    ends_.push_back({static_cast<std::uint32_t>(fixed_parts_.size()),
                     static_cast<std::uint32_t>(payloads_size_)});
}

void RecordBlock::clear() {
    fixed_parts_.clear();
    message_.clear();
    payloads_size_ = 0;
    word_counts_.clear();
    has_whole_words_ = true;
    ends_.clear();
}

std::string& RecordBlock::message_memory(std::size_t room_behind) {
    message_.resize(kRoomBefore + payloads_size_);
    std::fill_n(message_.begin(), kRoomBefore, '\0');
    message_.resize(message_.size() + room_behind);
    return message_;
}

}  // namespace httpprof::format
