#include "tests/fuzz/repair.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "format/bytes.h"
#include "format/crc32c.h"
#include "format/digest.h"
#include "format/frame_header.h"
#include "format/preamble.h"

namespace httpprof::test {
namespace {

using format::FrameHeader;
using format::kDigestSize;
using format::kFrameHeaderSize;

constexpr std::size_t kAround = kFrameHeaderSize + kDigestSize;  // of a payload

// What its bytes say, whether or not they are a header.
FrameHeader header_at(std::span<const std::byte, kFrameHeaderSize> bytes) {
    std::array<std::byte, kFrameHeaderSize> copy;
    std::ranges::copy(bytes, copy.begin());
    const auto sync = format::encode_frame_header({});
    std::copy_n(sync.begin(), format::kSyncWordSize, copy.begin());
    constexpr std::size_t kChecksum = kFrameHeaderSize - sizeof(std::uint32_t);
    format::store_little_endian(&copy[kChecksum],
                                format::crc32c(std::span(copy).first<kChecksum>()));
    return format::decode_frame_header(copy).value();
}

}  // namespace

std::string repaired(std::string file, std::uint8_t left_out) {
    const auto preamble = format::encode_preamble();
    if (file.size() < preamble.size()) return file;
    std::memcpy(file.data(), preamble.data(), preamble.size());
    const auto bytes = std::as_writable_bytes(std::span(file));
    format::Digest previous = format::digest_of(preamble);
    std::optional<std::uint32_t> tag;
    std::size_t at = preamble.size();
    for (std::size_t i = 0; bytes.size() - at >= kAround; ++i) {
        const auto frame = bytes.subspan(at);
        FrameHeader header = header_at(frame.first<kFrameHeaderSize>());
        header.stored_size = static_cast<std::uint32_t>(
            std::min<std::size_t>(header.stored_size, frame.size() - kAround));
        header.tag = tag.value_or(header.tag);
        tag = header.tag;
        header.previous = previous;
        const std::size_t digested = kFrameHeaderSize + header.stored_size;
        if ((left_out >> i % 8 & 1) == 0) {
            std::ranges::copy(format::encode_frame_header(header), frame.begin());
            previous = format::digest_of(frame.first(digested));
            std::memcpy(&frame[digested], previous.data(), kDigestSize);
        }
        at += digested + kDigestSize;
    }
    return file;
}

}  // namespace httpprof::test
