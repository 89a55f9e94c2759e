#include "format/frame_decoder.h"

#include <algorithm>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "bpf/wire.h"
#include "format/digest.h"
#include "format/messages.h"

namespace httpprof::format {
namespace {

bool is_known(std::uint8_t type) {
    return type >= static_cast<std::uint8_t>(FrameType::header) &&
           type <= static_cast<std::uint8_t>(FrameType::end);
}

bool digest_matches(const StoredFrame& frame) {
    const auto bytes = std::span(frame.bytes);
    const Digest digest = digest_of(bytes.first(bytes.size() - kDigestSize));
    return std::ranges::equal(std::as_bytes(std::span(digest)), bytes.last(kDigestSize));
}

std::span<const std::byte> payload_of(const StoredFrame& frame) {
    return std::span(frame.bytes).subspan(kFrameHeaderSize, frame.header.stored_size);
}

}  // namespace

Step FrameDecoder::decode(const StoredFrame& frame) {
    const FrameHeader& header = frame.header;
    // Without the Header nothing says how the records are to be read.
    const bool is_header = header.type == static_cast<std::uint8_t>(FrameType::header);
    const auto damaged = [&](const std::string& what) {
        return damage_step(
            header.number,
            {.offset = frame.offset,
             .size = frame.bytes.size(),
             .what = "frame " + std::to_string(header.number) + " is damaged: " + what},
            is_header);
    };
    if (!digest_matches(frame)) return damaged("its digest does not match");
    if (auto refusal = why_refused(header)) return {std::move(*refusal), true};
    auto content = read_content(frame);
    if (!content) return damaged(content.error().message);
    Frame decoded{.offset = frame.offset, .number = header.number, .content = *std::move(content)};
    if (auto refusal = why_refused(decoded)) return {std::move(*refusal), true};
    return {std::optional(std::move(decoded)), false};
}

Result<FrameContent> FrameDecoder::read_content(const StoredFrame& frame) {
    if (!is_known(frame.header.type)) return FrameContent(UnknownFrame{frame.header.type});
    try {
        // Aligned for any type by the default operator new, as Cap'n Proto needs it.
        auto memory = std::make_unique_for_overwrite<std::byte[]>(frame.header.raw_size);
        const std::span raw(memory.get(), frame.header.raw_size);
        const auto decompressed = decompressor_.decompress(payload_of(frame), raw);
        if (!decompressed) return decompressed.error();
        auto content = decode_message(static_cast<FrameType>(frame.header.type), raw,
                                      frame.header.record_count);
        if (!content) return content;
        auto* batch = std::get_if<RecordBatch>(&content.value());
        if (batch != nullptr && !batch->storage)
            batch->storage = std::shared_ptr<std::byte[]>(std::move(memory));
        return content;
    } catch (const std::bad_alloc&) {
        return Error{"there is not enough memory for it"};
    }
}

// Why this program must not read on at a frame that is not damaged.
std::optional<Error> FrameDecoder::why_refused(const FrameHeader& header) const {
    const std::string where = name_ + ", frame " + std::to_string(header.number);
    if (!is_known(header.type)) {
        if ((header.flags & kFlagMustUnderstand) == 0) return std::nullopt;
        return Error{where + ": its type " + std::to_string(header.type) +
                     " must be understood, and this httpprof does not know it; use a newer one"};
    }
    if (header.codec == kCodecZstd) return std::nullopt;
    return Error{where + ": this httpprof does not know its codec " + std::to_string(header.codec) +
                 "; use a newer one"};
}

std::optional<Error> FrameDecoder::why_refused(const Frame& frame) const {
    const auto* header = std::get_if<Header>(&frame.content);
    if (header == nullptr || header->wire_version <= WIRE_VERSION) return std::nullopt;
    return Error{name_ + " has records of version " + std::to_string(header->wire_version) +
                 "; this httpprof reads up to version " + std::to_string(WIRE_VERSION) +
                 ": use a newer one"};
}

}  // namespace httpprof::format
