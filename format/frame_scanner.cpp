#include "format/frame_scanner.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

namespace httpprof::format {
namespace {

// Memory for a frame grows from this as its bytes arrive, whatever length its header says.
constexpr std::size_t kFirstAllocation = 1024 * 1024;

bool is_type(const FrameHeader& header, FrameType type) {
    return header.type == static_cast<std::uint8_t>(type);
}

}  // namespace

Step damage_step(std::uint64_t number, Damage damage, bool last) {
    const std::uint64_t offset = damage.offset;
    return {.outcome = std::optional(
                Frame{.offset = offset, .number = number, .content = std::move(damage)}),
            .last = last};
}

FrameScanner::FrameScanner(Input input, const Digest& preamble)
    : input_(std::move(input)), previous_(preamble) {}

std::variant<StoredFrame, Step> FrameScanner::next() {
    try {
        return ended_ ? after_end() : scan();
    } catch (const std::bad_alloc&) {
        return Step{Error{"not enough memory to read " + input_.name()}, true};
    }
}

std::variant<StoredFrame, Step> FrameScanner::scan() {
    StoredFrame frame;
    frame.offset = input_.offset();
    std::array<std::byte, kFrameHeaderSize> head;
    const auto size = input_.read(head);
    if (!size) return Step{size.error(), true};
    if (*size < head.size()) return cut(frame.offset);
    const auto header = decode_frame_header(head);
    if (!header) return lost(frame.offset, header.error().message);
    if (auto reason = why_unexpected(*header)) return lost(frame.offset, std::move(*reason));

    frame.header = *header;
    frame.bytes.assign(head.begin(), head.end());
    const auto complete = read_body(frame);
    if (!complete) return Step{complete.error(), true};
    if (!*complete) return cut(frame.offset);
    std::memcpy(previous_.data(), frame.bytes.data() + frame.bytes.size() - kDigestSize,
                kDigestSize);
    ++number_;
    ended_ = is_type(*header, FrameType::end);
    return frame;
}

std::optional<std::string> FrameScanner::why_unexpected(const FrameHeader& header) const {
    if (header.number != number_)
        return "frame " + std::to_string(header.number) + " stands where frame " +
               std::to_string(number_) + " belongs";
    if (header.previous != previous_)
        return "frame " + std::to_string(number_) + " does not follow what stands before it";
    if (is_type(header, FrameType::header) != (number_ == 0))
        return number_ == 0 ? "the first frame is not a Header" : "a second Header";
    if (header.raw_size > kMaxRawSize || header.stored_size > kMaxStoredSize)
        return "frame " + std::to_string(number_) + " is over the size limit";
    return std::nullopt;
}

// Appends payload and digest to the header. False when the input ends before.
Result<bool> FrameScanner::read_body(StoredFrame& frame) {
    const std::size_t total = kFrameHeaderSize + frame.header.stored_size + kDigestSize;
    std::size_t filled = frame.bytes.size();
    while (filled < total) {
        frame.bytes.resize(std::min(total, std::max(kFirstAllocation, 2 * filled)));
        const auto size = input_.read(std::span(frame.bytes).subspan(filled));
        if (!size) return size.error();
        filled += *size;
        if (filled < frame.bytes.size()) return false;
    }
    return true;
}

// The input ended where a frame should start (`offset`), or within one.
Step FrameScanner::cut(std::uint64_t offset) const {
    const std::uint64_t size = input_.offset() - offset;
    return damage_step(number_,
                       {.offset = offset,
                        .size = size,
                        .what = size == 0 ? "the capture ends without an End frame; "
                                            "it was not closed cleanly"
                                          : "the capture ends in the middle of a frame; "
                                            "it was not closed cleanly"},
                       true);
}

// Bytes from `offset` on are not the next frame, and nothing after them is looked at.
Step FrameScanner::lost(std::uint64_t offset, std::string what) {
    input_.skip_rest();
    return damage_step(
        number_, {.offset = offset, .size = input_.offset() - offset, .what = std::move(what)},
        true);
}

Step FrameScanner::after_end() {
    const std::uint64_t end = input_.offset();
    input_.skip_rest();
    if (input_.offset() == end) return {std::optional<Frame>(), true};
    return damage_step(number_,
                       {.offset = end,
                        .size = input_.offset() - end,
                        .what = "there are bytes after the End frame"},
                       true);
}

}  // namespace httpprof::format
