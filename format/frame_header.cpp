#include "format/frame_header.h"

#include <algorithm>
#include <cstring>

#include "format/bytes.h"
#include "format/crc32c.h"

namespace httpprof::format {
namespace {

// 0xF5 and 0xC1 occur in no UTF-8 text.
constexpr std::array<std::byte, kSyncWordSize> kSync = {std::byte{0xF5}, std::byte{'H'},
                                                        std::byte{'P'}, std::byte{0xC1}};

// Offsets of the fields. What lies between them is reserved and 0.
constexpr std::size_t kType = 4;
constexpr std::size_t kCodec = 5;
constexpr std::size_t kFlags = 6;
constexpr std::size_t kStoredSize = 8;
constexpr std::size_t kRawSize = 12;
constexpr std::size_t kNumber = 16;
constexpr std::size_t kRecordCount = 24;
constexpr std::size_t kTag = 28;
constexpr std::size_t kFirstTime = 32;
constexpr std::size_t kLastTime = 40;
constexpr std::size_t kPrevious = 48;
constexpr std::size_t kCrc = 84;

}  // namespace

std::array<std::byte, kFrameHeaderSize> encode_frame_header(const FrameHeader& header) {
    std::array<std::byte, kFrameHeaderSize> bytes{};
    std::ranges::copy(kSync, bytes.begin());
    store_little_endian(&bytes[kType], header.type);
    store_little_endian(&bytes[kCodec], header.codec);
    store_little_endian(&bytes[kFlags], header.flags);
    store_little_endian(&bytes[kStoredSize], header.stored_size);
    store_little_endian(&bytes[kRawSize], header.raw_size);
    store_little_endian(&bytes[kNumber], header.number);
    store_little_endian(&bytes[kRecordCount], header.record_count);
    store_little_endian(&bytes[kTag], header.tag);
    store_little_endian(&bytes[kFirstTime], header.first_time_ns);
    store_little_endian(&bytes[kLastTime], header.last_time_ns);
    std::memcpy(&bytes[kPrevious], header.previous.data(), kDigestSize);
    store_little_endian(&bytes[kCrc], crc32c(std::span(bytes).first<kCrc>()));
    return bytes;
}

std::size_t find_sync_word(std::span<const std::byte> bytes) {
    const auto at = std::search(bytes.begin(), bytes.end(), kSync.begin(), kSync.end());
    return static_cast<std::size_t>(at - bytes.begin());
}

Result<FrameHeader> decode_frame_header(std::span<const std::byte, kFrameHeaderSize> bytes) {
    if (!std::equal(kSync.begin(), kSync.end(), bytes.begin()))
        return Error{"no frame starts here"};
    if (load_little_endian<std::uint32_t>(&bytes[kCrc]) != crc32c(bytes.first<kCrc>()))
        return Error{"the checksum of the frame header does not match"};
    FrameHeader header;
    header.type = load_little_endian<std::uint8_t>(&bytes[kType]);
    header.codec = load_little_endian<std::uint8_t>(&bytes[kCodec]);
    header.flags = load_little_endian<std::uint16_t>(&bytes[kFlags]);
    header.stored_size = load_little_endian<std::uint32_t>(&bytes[kStoredSize]);
    header.raw_size = load_little_endian<std::uint32_t>(&bytes[kRawSize]);
    header.number = load_little_endian<std::uint64_t>(&bytes[kNumber]);
    header.record_count = load_little_endian<std::uint32_t>(&bytes[kRecordCount]);
    header.tag = load_little_endian<std::uint32_t>(&bytes[kTag]);
    header.first_time_ns = load_little_endian<std::uint64_t>(&bytes[kFirstTime]);
    header.last_time_ns = load_little_endian<std::uint64_t>(&bytes[kLastTime]);
    std::memcpy(header.previous.data(), &bytes[kPrevious], kDigestSize);
    return header;
}

}  // namespace httpprof::format
