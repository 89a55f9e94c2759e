// The payloads of frames: our structs to Cap'n Proto messages (capture.capnp) and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "format/frame.h"
#include "format/record_block.h"
#include "format/result.h"

namespace httpprof::format {

// `raw` is an unpacked single-segment message with its segment table, at an address that is a
// multiple of 8. Believes nothing in it; an Error says why it cannot be read. A RecordBatch points
// into `raw`, which the caller is to keep there. `record_count` is what the frame header says.
Result<FrameContent> decode_message(FrameType type, std::span<const std::byte> raw,
                                    std::uint32_t record_count);

// Reuses its memory from message to message.
class MessageEncoder {
  public:
    MessageEncoder();
    ~MessageEncoder();

    // Each returns the message, which is good until the next call.
    Result<std::span<const std::byte>> encode(const Header& header);
    // This message is in the block's memory as a rule, and good until the block changes.
    Result<std::span<const std::byte>> encode(RecordBlock& block);
    Result<std::span<const std::byte>> encode(const Snapshot& snapshot);
    Result<std::span<const std::byte>> encode(const Stats& stats);
    Result<std::span<const std::byte>> encode(const Clock& clock);
    Result<std::span<const std::byte>> encode(const End& end);
    Result<std::span<const std::byte>> encode(const Signature& signature);

  private:
    class Memory;
    std::unique_ptr<Memory> memory_;
};

}  // namespace httpprof::format
