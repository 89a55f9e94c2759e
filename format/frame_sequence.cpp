#include "format/frame_sequence.h"

#include <utility>

#include "format/encryption.h"
#include "format/frame_decoder.h"

namespace httpprof::format {
namespace {

// Frames that wait, and what they take decoded.
constexpr std::size_t kMaxHeldFrames = 4096;
constexpr std::size_t kMaxHeldBytes = 64 * 1024 * 1024;
// Ranges of missing frames that are remembered, in case they come late.
constexpr std::size_t kMaxMissingRanges = 4096;

std::size_t memory_of(const Frame& frame) {
    return sizeof(frame) + decoded_size(frame.header);
}

std::string frame_text(std::uint64_t number) {
    return "frame " + std::to_string(number);
}

// Frames `first` to `end` - 1, as the subject of a sentence.
std::string frames_are(std::uint64_t first, std::uint64_t end) {
    if (end - first == 1) return frame_text(first) + " is ";
    return "frames " + std::to_string(first) + " to " + std::to_string(end - 1) + " are ";
}

bool is_damage(const Frame& frame) {
    return std::holds_alternative<Damage>(frame.content);
}

// Bytes that are no frame have no header, and no frame that is written has type 0.
bool is_frame(const Frame& frame) {
    return !is_damage(frame) || frame.header.type != 0;
}

std::uint64_t size_in_file(const Frame& frame) {
    if (!is_frame(frame)) return std::get<Damage>(frame.content).size;
    return frame_size(frame.header.stored_size);
}

}  // namespace

Result<std::optional<Frame>> FrameSequence::next() {
    while (ready_.empty() && !finished_) {
        auto frame = source_->next();
        if (!frame) return frame.error();
        if (*frame)
            take(std::move(**frame));
        else
            finish();
    }
    if (ready_.empty()) return std::optional<Frame>();
    std::optional<Frame> first(std::move(ready_.front()));
    ready_.pop_front();
    return first;
}

void FrameSequence::take(Frame frame) {
    end_offset_ = frame.offset + size_in_file(frame);
    if (!is_frame(frame)) return take_unreadable(std::get<Damage>(std::move(frame.content)));
    const Number number = frame.header.number;
    if (frame.offset == 0)
        report(number, {.offset = 0, .size = 0, .what = "the preamble is missing"});
    report_unreadable_before(number);
    const Number before = std::exchange(before_, number);
    const bool is_late = number < expected_;
    if (is_late ? !was_missing(number) : held_.contains(number))
        return take_double(std::move(frame));
    if (number < before)
        report(number, {.offset = frame.offset,
                        .size = 0,
                        .what = frame_text(number) + " stands behind " + frame_text(before)});
    if (is_late) return deliver(std::move(frame));
    if (number > expected_) return hold(std::move(frame));
    give(std::move(frame));
    give_held_in_order();
}

void FrameSequence::take_unreadable(Damage damage) {
    unreadable_ = std::move(damage);
    // What is missing up to here is not in these bytes, or the order is lost anyway.
    while (!held_.empty())
        give_first_held();
}

void FrameSequence::take_double(Frame frame) {
    const Number number = frame.header.number;
    const auto held = held_.find(number);
    // The better one of the two.
    if (held != held_.end() && is_damage(held->second) && !is_damage(frame)) {
        held_bytes_ -= memory_of(held->second);
        std::swap(held->second, frame);
        held_bytes_ += memory_of(held->second);
    }
    report(number, {.offset = frame.offset,
                    .size = size_in_file(frame),
                    .what = frame_text(number) + " stands here as well"});
}

void FrameSequence::hold(Frame frame) {
    held_bytes_ += memory_of(frame);
    held_.emplace(frame.header.number, std::move(frame));
    while (held_.size() > kMaxHeldFrames || held_bytes_ > kMaxHeldBytes) {
        give_first_held();
        give_held_in_order();
    }
}

// The frame that is expected.
void FrameSequence::give(Frame frame) {
    check_chain(frame);
    expected_ = frame.header.number + 1;
    previous_.reset();
    if (!is_damage(frame)) previous_ = frame.digest;
    deliver(std::move(frame));
}

void FrameSequence::deliver(Frame frame) {
    const Number number = frame.header.number;
    if (is_forged(frame))
        frame.content = Damage{
            .offset = frame.offset,
            .size = size_in_file(frame),
            .what = frame_text(number) + " is damaged: it is not encrypted, in a capture that is"};
    if (const auto why = why_out_of_place(frame))
        return report(number, {.offset = frame.offset, .size = size_in_file(frame), .what = *why});
    // A good copy of a damaged frame may come yet.
    if (is_damage(frame)) note_missing(number, number + 1);
    if (has_type(frame, FrameType::end)) end_number_ = number;
    settle_header(frame.content);
    ready_.push_back(std::move(frame));
}

void FrameSequence::give_held_in_order() {
    while (!held_.empty() && held_.begin()->first == expected_)
        give_first_held();
}

void FrameSequence::give_first_held() {
    Frame frame = std::move(held_.extract(held_.begin()).mapped());
    held_bytes_ -= memory_of(frame);
    const Number number = frame.header.number;
    if (number > expected_) {
        report_missing(expected_, number, frame.offset);
        previous_.reset();
    }
    give(std::move(frame));
}

void FrameSequence::finish() {
    finished_ = true;
    while (!held_.empty())
        give_first_held();
    if (end_number_) {
        if (unreadable_) unreadable_->what = "there are bytes after the End frame";
    } else if (unreadable_) {
        unreadable_->what += "; the capture was not closed cleanly";
    } else {
        unreadable_ =
            Damage{.offset = end_offset_,
                   .size = 0,
                   .what = "the capture ends without an End frame: it was not closed cleanly"};
    }
    report_unreadable();
}

void FrameSequence::report(Number number, Damage damage) {
    Frame frame;
    frame.offset = damage.offset;
    frame.header.number = number;
    frame.content = std::move(damage);
    ready_.push_back(std::move(frame));
}

void FrameSequence::report_unreadable() {
    if (!unreadable_) return;
    report(expected_, *std::exchange(unreadable_, std::nullopt));
}

// The bytes that could not be read, and which frames they were if a frame stands behind them.
void FrameSequence::report_unreadable_before(Number number) {
    if (unreadable_ && number > expected_) {
        unreadable_->what = frames_are(expected_, number) + "damaged: " + unreadable_->what;
        report_unreadable();
        note_missing(expected_, number);
        previous_.reset();
        expected_ = number;
    }
    report_unreadable();
}

void FrameSequence::report_missing(Number first, Number end, std::uint64_t offset) {
    note_missing(first, end);
    report(first, {.offset = offset, .size = 0, .what = frames_are(first, end) + "missing"});
}

void FrameSequence::note_missing(Number first, Number end) {
    if (missing_.size() == kMaxMissingRanges) missing_.erase(missing_.begin());
    missing_.insert_or_assign(first, end);
}

// Whether a frame that comes now is one of those; it is none from now on.
bool FrameSequence::was_missing(Number number) {
    auto range = missing_.upper_bound(number);
    if (range == missing_.begin()) return false;
    --range;
    const auto [first, end] = *range;
    if (number >= end) return false;
    missing_.erase(range);
    if (first < number) missing_.emplace(first, number);
    if (number + 1 < end) missing_.emplace(number + 1, end);
    return true;
}

void FrameSequence::check_chain(const Frame& frame) {
    if (is_damage(frame) || !previous_ || frame.header.previous == *previous_) return;
    const Number number = frame.header.number;
    if (number == 0)
        return report(0, {.offset = 0, .size = kPreambleSize, .what = "the preamble is damaged"});
    report(number, {.offset = frame.offset,
                    .size = 0,
                    .what = frame_text(number) + " does not follow " + frame_text(number - 1) +
                            ": it names another digest"});
}

std::optional<std::string> FrameSequence::why_out_of_place(const Frame& frame) const {
    const Number number = frame.header.number;
    const bool is_header = has_type(frame, FrameType::header);
    if (is_header && number != 0) return "a second Header";
    if (!is_header && number == 0) return "the first frame is not a Header";
    const bool may_follow_end = std::holds_alternative<Signature>(frame.content) ||
                                std::holds_alternative<UnknownFrame>(frame.content) ||
                                is_damage(frame);
    if (end_number_ && number > *end_number_ && !may_follow_end)
        return frame_text(number) + " stands after the End frame";
    return std::nullopt;
}

// Anyone can make a frame that nobody encrypted.
bool FrameSequence::is_forged(const Frame& frame) const {
    return is_encrypted_ && is_encrypted_type(frame.header.type) &&
           frame.header.codec != kCodecEncrypted && !is_damage(frame) &&
           !std::holds_alternative<UnknownFrame>(frame.content);
}

// Where the Header cannot be read its copy takes its place.
void FrameSequence::settle_header(FrameContent& content) {
    auto* const copy = std::get_if<HeaderCopy>(&content);
    auto* const header = std::get_if<Header>(&content);
    if (copy != nullptr && !has_header_)
        content = FrameContent(Header(std::move(copy->header)));
    else if (header != nullptr && has_header_)
        content = FrameContent(HeaderCopy{std::move(*header)});
    if (const auto* first = std::get_if<Header>(&content)) {
        has_header_ = true;
        is_encrypted_ = !first->recipients.empty();
    }
}

}  // namespace httpprof::format
