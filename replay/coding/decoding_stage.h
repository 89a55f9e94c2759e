// Undoing one coding of several, piece by piece: each stage takes what the one before it gives, so
// that what lies between two codings is never kept whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "replay/coding/content_coding.h"
#include "replay/coding/member_decoder.h"

namespace httpprof::replay {

class PieceSource {
  public:
    virtual ~PieceSource() = default;

    // Empty at the end. A piece stays valid until the next call.
    virtual std::string_view next() = 0;
};

class DecodingStage : public PieceSource {
  public:
    // `upstream` lives as long as the stage. More than `limit` bytes are not given.
    DecodingStage(PieceSource& upstream, std::unique_ptr<MemberDecoder> decoder,
                  std::uint64_t limit);

    std::string_view next() override;

    // `decoded` until something else is found.
    DecodingOutcome outcome() const { return outcome_; }
    // Bytes behind the end of the coded data.
    std::uint64_t trailing_size() const { return trailing_size_; }

  private:
    enum class Position : std::uint8_t { between_members, at_start, inside };

    bool has_input();
    void read_start();
    std::string_view decode();
    std::string_view within_limit(std::size_t size);
    void finish();
    void end(DecodingOutcome outcome);
    void ignore_the_rest(std::size_t taken);

    PieceSource& upstream_;
    std::unique_ptr<MemberDecoder> decoder_;
    std::uint64_t room_left_;  // until the limit

    std::string_view input_;
    Position position_ = Position::between_members;
    std::string start_;             // of the member, while and after it is gathered
    std::string_view start_input_;  // what the decoder has not read of it
    bool output_pending_ = false;   // the decoder may have more to give without more input
    bool any_member_ = false;
    bool finished_ = false;

    DecodingOutcome outcome_ = DecodingOutcome::decoded;
    std::uint64_t trailing_size_ = 0;
    std::unique_ptr<char[]> buffer_;
};

}  // namespace httpprof::replay
