#include "format/frame_decoder.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "bpf/wire.h"
#include "format/messages.h"
#include "format/record_block.h"

namespace httpprof::format {
namespace {

// Of an element of a list in a message, which has at least 8 bytes there, a string or a struct of
// strings; and the text of them.
constexpr std::size_t kMostGrowth = sizeof(std::string) / 8 + 1;
// Besides the record itself: where its bytes are, and what is wrong with it.
constexpr std::size_t kAroundRecord = sizeof(WireRecord) + 64;
// Of a record whose fixed part was in columns.
constexpr std::size_t kMostFixed = kMostWords * kWordSize;

bool is_sealed(const StoredFrame& frame) {
    return frame.header.codec == kCodecEncrypted && !frame.key;
}

}  // namespace

std::size_t decoded_size(const FrameHeader& header) {
    const std::size_t raw_size = header.raw_size;
    if (header.type != static_cast<std::uint8_t>(FrameType::records)) return kMostGrowth * raw_size;
    return raw_size + std::min(raw_size, kMostFixed * header.record_count) +
           header.record_count * (sizeof(Record) + kAroundRecord);
}

Result<Frame> FrameDecoder::decode(const StoredFrame& frame) {
    Frame decoded{.offset = frame.offset, .header = frame.header, .digest = {}, .content = {}};
    std::memcpy(decoded.digest.data(), &frame.bytes[frame.bytes.size() - kDigestSize], kDigestSize);
    const auto damaged = [&](const std::string& what) {
        decoded.content =
            Damage{.offset = frame.offset,
                   .size = frame.bytes.size(),
                   .what = "frame " + std::to_string(frame.header.number) + " is damaged: " + what};
        return std::move(decoded);
    };
    if (!digest_matches(frame.bytes)) return damaged("its digest does not match");
    if (auto refusal = why_refused(frame)) return std::move(*refusal);
    auto content = read_content(frame);
    if (!content) return damaged(content.error().message);
    if (const Header* header = header_in(*content)) {
        if (auto refusal = why_refused(*header)) return std::move(*refusal);
    }
    decoded.content = *std::move(content);
    return decoded;
}

Result<std::optional<Frame>> FrameDecoder::decode(
    Result<std::optional<FrameScanner::Scanned>> scanned) {
    if (!scanned) return scanned.error();
    if (!*scanned) return std::optional<Frame>();
    if (auto* damage = std::get_if<Damage>(&**scanned)) {
        Frame frame;
        frame.offset = damage->offset;
        frame.content = std::move(*damage);
        return std::optional(std::move(frame));
    }
    auto frame = decode(std::get<StoredFrame>(**scanned));
    if (!frame) return frame.error();
    return std::optional(*std::move(frame));
}

Result<FrameContent> FrameDecoder::read_content(const StoredFrame& frame) {
    if (!is_known(frame.header.type)) return FrameContent(UnknownFrame{frame.header.type});
    if (is_sealed(frame)) return FrameContent(EncryptedFrame{});
    try {
        const auto payload = compressed_payload(frame);
        if (!payload) return payload.error();
        const auto memory = memory_->take(frame.header.raw_size);
        const std::span raw(memory.get(), frame.header.raw_size);
        const auto decompressed = decompressor_.decompress(*payload, raw);
        if (!decompressed) return decompressed.error();
        auto content = decode_message(static_cast<FrameType>(frame.header.type), raw,
                                      frame.header.record_count);
        if (!content) return content;
        auto* batch = std::get_if<RecordBatch>(&content.value());
        if (batch != nullptr) batch->message = memory;
        return content;
    } catch (const std::bad_alloc&) {
        return Error{"there is not enough memory for it"};
    }
}

Result<std::span<const std::byte>> FrameDecoder::compressed_payload(const StoredFrame& frame) {
    const auto payload = frame.bytes.subspan(kFrameHeaderSize, frame.header.stored_size);
    if (frame.header.codec != kCodecEncrypted) return payload;
    if (payload.size() < kEncryptionOverhead) return Error{"it is too short to be encrypted"};
    decrypted_.resize(payload.size() - kEncryptionOverhead);
    if (!decrypt_payload(*frame.key, frame.header.number, frame.bytes.first(kFrameHeaderSize),
                         payload, decrypted_))
        return Error{"it does not decrypt"};
    return std::span<const std::byte>(decrypted_);
}

// Why this program must not read on at a frame that is not damaged.
std::optional<Error> FrameDecoder::why_refused(const StoredFrame& frame) const {
    const FrameHeader& header = frame.header;
    const std::string where = name_ + ", frame " + std::to_string(header.number);
    if (!is_known(header.type)) {
        if ((header.flags & kFlagMustUnderstand) == 0) return std::nullopt;
        return Error{where + ": its type " + std::to_string(header.type) +
                     " must be understood, and this httpprof does not know it; use a newer one"};
    }
    if (header.codec != kCodecZstd && header.codec != kCodecEncrypted)
        return Error{where + ": this httpprof does not know its codec " +
                     std::to_string(header.codec) + "; use a newer one"};
    if (!is_sealed(frame) || sealed_ == Sealed::pass) return std::nullopt;
    if (sealed_ == Sealed::blame_header)
        return Error{name_ +
                     " cannot be decrypted: the Header, which holds the key, and its copy "
                     "are damaged"};
    return Error{name_ + " is encrypted; name the key that it is encrypted for with --key"};
}

std::optional<Error> FrameDecoder::why_refused(const Header& header) const {
    if (header.wire_version <= WIRE_VERSION) return std::nullopt;
    return Error{name_ + " has records of version " + std::to_string(header.wire_version) +
                 "; this httpprof reads up to version " + std::to_string(WIRE_VERSION) +
                 ": use a newer one"};
}

}  // namespace httpprof::format
