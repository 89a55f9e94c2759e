#include "replay/coding/decoding_stage.h"

#include <utility>

namespace httpprof::replay {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} * 1024;

}  // namespace

DecodingStage::DecodingStage(PieceSource& upstream, std::unique_ptr<MemberDecoder> decoder,
                             std::uint64_t limit)
    : upstream_(upstream),
      decoder_(std::move(decoder)),
      room_left_(limit),
      buffer_(std::make_unique_for_overwrite<char[]>(kBufferSize)) {}

std::string_view DecodingStage::next() {
    while (!finished_) {
        if (!output_pending_ && !has_input()) {
            finish();
        } else if (position_ != Position::inside) {
            read_start();
        } else if (const auto piece = decode(); !piece.empty()) {
            return piece;
        }
    }
    return {};
}

bool DecodingStage::has_input() {
    if (start_input_.empty() && input_.empty()) input_ = upstream_.next();
    return !start_input_.empty() || !input_.empty();
}

void DecodingStage::read_start() {
    if (position_ == Position::between_members) {
        if (any_member_ && !decoder_->repeats()) return ignore_the_rest(0);
        start_.clear();
        position_ = Position::at_start;
    }
    const std::size_t wanted = decoder_->start_size() - start_.size();
    const std::string_view read = input_.substr(0, wanted);
    start_ += read;
    if (!decoder_->can_start_with(start_)) {
        return any_member_ ? ignore_the_rest(start_.size() - read.size())
                           : end(DecodingOutcome::not_decodable);
    }
    input_.remove_prefix(read.size());
    if (read.size() < wanted) return;
    decoder_->begin(start_);
    start_input_ = start_;
    position_ = Position::inside;
}

std::string_view DecodingStage::decode() {
    std::string_view& input = start_input_.empty() ? input_ : start_input_;
    const auto step = decoder_->decode(input, {buffer_.get(), kBufferSize});
    input.remove_prefix(step.read);
    output_pending_ = step.written == kBufferSize;
    switch (step.state) {
        case MemberDecoder::State::inside:
            break;
        case MemberDecoder::State::ended:
            any_member_ = true;
            output_pending_ = false;
            position_ = Position::between_members;
            break;
        case MemberDecoder::State::damaged:
            end(DecodingOutcome::not_decodable);
            break;
        case MemberDecoder::State::window_too_large:
            end(DecodingOutcome::limit_reached);
            break;
    }
    return within_limit(step.written);
}

std::string_view DecodingStage::within_limit(std::size_t size) {
    if (size > room_left_) {
        size = static_cast<std::size_t>(room_left_);
        end(DecodingOutcome::limit_reached);
    }
    room_left_ -= size;
    return {buffer_.get(), size};
}

void DecodingStage::finish() {
    const bool whole = position_ == Position::between_members;
    end(whole ? DecodingOutcome::decoded : DecodingOutcome::truncated);
}

void DecodingStage::end(DecodingOutcome outcome) {
    outcome_ = outcome;
    finished_ = true;
}

// The sources above may still have a checksum to compare. `taken`: bytes before the input that are
// part of the rest.
void DecodingStage::ignore_the_rest(std::size_t taken) {
    trailing_size_ = taken;
    for (auto rest = input_; !rest.empty(); rest = upstream_.next())
        trailing_size_ += rest.size();
    end(DecodingOutcome::decoded);
}

}  // namespace httpprof::replay
