#include "format/segment_chain.h"

#include <algorithm>
#include <utility>

namespace httpprof::format {
namespace {

bool is_digest(const std::string& bytes, const Digest& digest) {
    return std::equal(bytes.begin(), bytes.end(), digest.begin(), digest.end(),
                      [](char a, auto b) { return static_cast<decltype(b)>(a) == b; });
}

}  // namespace

std::string segment_text(std::uint32_t number) {
    return "segment " + std::to_string(number);
}

class SegmentChain::Watched : public RecordSource {
  public:
    Watched(std::unique_ptr<RecordSource> source, SegmentChain& chain)
        : source_(std::move(source)), chain_(chain) {}

    Result<std::optional<Frame>> next() override {
        if (break_) return std::exchange(break_, std::nullopt);
        if (!std::exchange(has_begun_, true)) chain_.begin();
        auto frame = source_->next();
        if (frame && *frame) break_ = chain_.take(**frame);
        return frame;
    }

  private:
    std::unique_ptr<RecordSource> source_;
    SegmentChain& chain_;
    bool has_begun_ = false;
    std::optional<Frame> break_;
};

std::unique_ptr<RecordSource> SegmentChain::watch(std::unique_ptr<RecordSource> source) {
    return std::make_unique<Watched>(std::move(source), *this);
}

void SegmentChain::begin() {
    before_ = std::exchange(current_, std::nullopt);
    expected_ = std::exchange(last_digest_, std::nullopt);
    last_number_ = 0;
}

std::optional<Frame> SegmentChain::take(const Frame& frame) {
    // What is damaged may have been the last frame; it is reported anyway.
    if (std::holds_alternative<Damage>(frame.content)) {
        last_digest_.reset();
    } else if (frame.header.number >= last_number_) {
        last_number_ = frame.header.number;
        last_digest_ = frame.digest;
    }
    const auto* header = std::get_if<Header>(&frame.content);
    return header == nullptr ? std::nullopt : check(frame, *header);
}

std::optional<Frame> SegmentChain::check(const Frame& frame, const Header& header) {
    current_ = Segment{header.capture_id, header.segment, !header.derivation.empty()};
    // What was derived names what its source followed, and may be a part of it.
    const bool follows = before_ && !before_->is_derived && !current_->is_derived &&
                         before_->capture_id == current_->capture_id &&
                         before_->number + 1 == current_->number;
    if (!follows || !expected_ || is_digest(header.previous_segment, *expected_))
        return std::nullopt;
    Frame broken;
    broken.offset = frame.offset;
    broken.header.number = frame.header.number;
    broken.content = Damage{.offset = frame.offset,
                            .size = 0,
                            .what = segment_text(current_->number) + " does not follow " +
                                    segment_text(before_->number) + ": it names another digest"};
    return broken;
}

}  // namespace httpprof::format
