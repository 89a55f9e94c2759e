// Undoes the codings of message bodies, so that outputs show what was said.
#pragma once

#include "replay/coding/content_coding.h"
#include "replay/event_pipeline.h"

namespace httpprof::replay {

// Sets Message::decoded where a body was coded and at least a beginning of it could be decoded;
// notes what could not. Behind a gap nothing can be decoded.
class DecodeStage final : public EventStage {
  public:
    // Larger bodies are decoded in their turn, one at a time: a few bytes can become the largest.
    static constexpr std::uint64_t kMostOutOfTurn = std::uint64_t{2} << 20U;

    explicit DecodeStage(const DecodingLimits& limits = {}) : limits_(limits) {}
    Result<bool> apply(Event& event) const override;

  private:
    DecodingLimits limits_for(const Event& event) const;

    const DecodingLimits limits_;
};

}  // namespace httpprof::replay
