#include "format/frame_scanner.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "format/digest.h"
#include "format/preamble.h"

namespace httpprof::format {
namespace {

constexpr const char* kCut = "the file ends in the middle of a frame";

// What a search for a frame looks at between two reads.
constexpr std::size_t kSearchStep = 64 * 1024;

// Bytes of possible frames that a search may hash, at once and for each byte of the file.
constexpr std::uint64_t kHashedFreely = 64 * 1024 * 1024;
constexpr std::uint64_t kHashedPerByte = 8;

// How far the first frame of a file whose beginning is damaged is looked for.
constexpr std::size_t kMaxDamagedStart = 1024 * 1024;

// Whether these bytes are the header of a first frame that was written behind another preamble.
bool names_another(std::span<const std::byte> bytes, const Digest& preamble) {
    if (bytes.size() < kFrameHeaderSize) return false;
    const auto header = decode_frame_header(bytes.first<kFrameHeaderSize>());
    return header && header->number == 0 && header->previous != preamble;
}

}  // namespace

bool digest_matches(std::span<const std::byte> frame) {
    const Digest digest = digest_of(frame.first(frame.size() - kDigestSize));
    return std::ranges::equal(std::as_bytes(std::span(digest)), frame.last(kDigestSize));
}

Result<std::optional<Digest>> FrameScanner::pass_preamble() {
    const auto preamble = input_.peek(kPreambleSize);
    if (!preamble) return preamble.error();
    const Digest digest = digest_of(*preamble);
    if (const auto checked = check_preamble(*preamble, input_.name()); !checked) {
        const bool has_magic = starts_with_magic(*preamble);
        const auto first = input_.peek(kPreambleSize + kFrameHeaderSize);
        if (!first) return first.error();
        // What could be a newer version is a damaged preamble if the frame behind it says so.
        if (!names_another(first->subspan(std::min(first->size(), kPreambleSize)), digest)) {
            if (has_magic) return checked.error();
            const auto is_capture = has_frame_near_start();
            if (!is_capture) return is_capture.error();
            if (!*is_capture) return checked.error();
            return std::optional<Digest>();
        }
    }
    input_.consume(kPreambleSize);
    return std::optional(digest);
}

Result<std::optional<FrameScanner::Scanned>> FrameScanner::next() {
    try {
        return scan();
    } catch (const std::bad_alloc&) {
        return Error{"not enough memory to read " + input_.name()};
    }
}

Result<std::optional<FrameScanner::Scanned>> FrameScanner::scan() {
    const auto bytes = input_.peek(kFrameHeaderSize);
    if (!bytes) return bytes.error();
    if (bytes->empty()) return std::optional<Scanned>();
    const auto header = plausible_header(*bytes);
    if (!header) return pass_to_next_frame(header.error().message);
    last_.reset();
    return take_frame(*header);
}

Result<std::optional<FrameScanner::Scanned>> FrameScanner::take_frame(const FrameHeader& header) {
    const std::uint64_t offset = input_.offset();
    const std::size_t whole_size = frame_size(header.stored_size);
    const auto memory = memory_->take(whole_size);
    const std::span bytes(memory.get(), whole_size);
    const auto size = input_.read(bytes);
    if (!size) return size.error();
    if (*size < bytes.size()) {
        input_.unread(bytes.first(*size));
        return pass_to_next_frame(kCut);
    }
    tag_ = header.tag;
    last_ = {.offset = offset, .header = header, .bytes = bytes, .memory = memory};
    return std::optional<Scanned>(*last_);
}

// What stands behind the last frame, or at the start, is not a frame that can be read.
Result<std::optional<FrameScanner::Scanned>> FrameScanner::pass_to_next_frame(std::string why) {
    const std::uint64_t start = input_.offset();
    // A frame may begin behind the first byte of this one, or within a last one that is damaged.
    if (!last_) {
        input_.consume(1);
    } else if (!digest_matches(last_->bytes)) {
        input_.unread(last_->bytes.subspan(kFrameHeaderSize));
    }
    last_.reset();
    const auto found = search();
    if (!found) return found.error();
    if (input_.offset() <= start) return next();
    return std::optional<Scanned>(
        Damage{.offset = start, .size = input_.offset() - start, .what = std::move(why)});
}

// What could be the header of a frame of this file, or why it is none.
Result<FrameHeader> FrameScanner::plausible_header(std::span<const std::byte> bytes) const {
    if (bytes.size() < kFrameHeaderSize) return Error{kCut};
    auto header = decode_frame_header(bytes.first<kFrameHeaderSize>());
    if (!header) return header;
    if (tag_ && header->tag != *tag_) return Error{"a frame of another capture stands here"};
    if (header->raw_size > kMaxRawSize || header->stored_size > kMaxStoredSize ||
        header->record_count > kMaxRecordCount)
        return Error{"a frame over the limits stands here"};
    return header;
}

// Whether a whole frame begins `at` bytes from here: with another one or the end of the file behind
// it, or with the right digest. Payloads may hold what looks like a frame; only one of this file
// has its tag.
Result<bool> FrameScanner::is_frame(std::size_t at) {
    const auto head = input_.peek(at + kFrameHeaderSize);
    if (!head) return head.error();
    const auto header = plausible_header(head->subspan(std::min(at, head->size())));
    if (!header) return false;
    const std::size_t end = at + frame_size(header->stored_size);
    const auto all = input_.peek(end + kFrameHeaderSize);
    if (!all) return all.error();
    if (all->size() <= end) return all->size() == end;
    const auto next = plausible_header(all->subspan(end));
    if (next && next->tag == header->tag) return true;
    // A file can be made of headers of frames that overlap: hashing each would take forever.
    if (hashed_ + end - at > kHashedFreely + kHashedPerByte * input_.offset()) return false;
    hashed_ += end - at;
    return digest_matches(all->subspan(at, end - at));
}

// Passes over bytes until a frame begins. False: none does, and the input has ended.
Result<bool> FrameScanner::search() {
    while (true) {
        const auto seen = input_.peek(kSearchStep);
        if (!seen) return seen.error();
        const std::size_t at = find_sync_word(*seen);
        if (at == seen->size()) {
            // The last bytes may be the first ones of a sync word.
            const bool is_all = seen->size() < kSearchStep;
            input_.consume(is_all ? seen->size() : seen->size() - (kSyncWordSize - 1));
            if (is_all) return false;
            continue;
        }
        input_.consume(at);
        const auto found = is_frame(0);
        if (!found) return found.error();
        if (*found) return true;
        input_.consume(1);
    }
}

// Whether a frame begins within the first bytes of the file.
Result<bool> FrameScanner::has_frame_near_start() {
    std::size_t from = 0;
    while (true) {
        const auto seen = input_.peek(kMaxDamagedStart);
        if (!seen) return seen.error();
        const std::size_t at = from + find_sync_word(seen->subspan(from));
        if (at == seen->size()) return false;
        const auto found = is_frame(at);
        if (!found) return found.error();
        if (*found) return true;
        from = at + 1;
    }
}

}  // namespace httpprof::format
