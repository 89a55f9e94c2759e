#include "format/frame_encoder.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "format/digest.h"

namespace httpprof::format {

Result<void> FrameEncoder::encode(FrameHeader header, std::span<const std::byte> raw) {
    if (raw.size() > kMaxRawSize)
        return Error{"cannot write a frame of " + std::to_string(raw.size()) +
                     " bytes; the limit is " + std::to_string(kMaxRawSize)};
    const std::size_t room = Compressor::bound(raw.size()) + kEncryptionOverhead;
    bytes_.resize(std::max(bytes_.size(), kFrameHeaderSize + room + kDigestSize));
    const auto payload = std::span(bytes_).subspan(kFrameHeaderSize, room);
    const auto compressed = compressor_.compress(raw, payload);
    if (!compressed) return compressed.error();

    const bool encrypts = key_ && is_encrypted_type(header.type);
    const std::size_t stored = *compressed + (encrypts ? kEncryptionOverhead : 0);
    header.codec = encrypts ? kCodecEncrypted : kCodecZstd;
    header.raw_size = static_cast<std::uint32_t>(raw.size());
    header.stored_size = static_cast<std::uint32_t>(stored);
    std::ranges::copy(encode_frame_header(header), bytes_.begin());
    if (encrypts)
        encrypt_payload(*key_, header.number, std::span(bytes_).first(kFrameHeaderSize), payload,
                        *compressed);
    const std::size_t digested = kFrameHeaderSize + stored;
    digest_ = digest_of(std::span(bytes_).first(digested));
    std::memcpy(&bytes_[digested], digest_.data(), kDigestSize);
    size_ = digested + kDigestSize;
    return {};
}

}  // namespace httpprof::format
