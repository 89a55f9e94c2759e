// The first stage of reading: cuts a capture into frames, in order, and checks what joins them.
// What is within a frame is left to FrameDecoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "format/frame.h"
#include "format/frame_header.h"
#include "format/input.h"
#include "format/result.h"

namespace httpprof::format {

// What RecordSource::next() has to say.
struct Step {
    Result<std::optional<Frame>> outcome;
    bool last = false;  // nothing is to be read after it
};

Step damage_step(std::uint64_t number, Damage damage, bool last);

// A frame as it lies in the file. Its header is checked, its digest not.
struct StoredFrame {
    std::uint64_t offset = 0;
    FrameHeader header;
    std::vector<std::byte> bytes;  // header, payload, digest
};

class FrameScanner {
  public:
    // `input` stands after the preamble, whose digest starts the chain.
    FrameScanner(Input input, const Digest& preamble);

    // See Input.
    void set_cancel(int descriptor) { input_.set_cancel(descriptor); }

    // The next frame, or the last step; not to be called again after that.
    std::variant<StoredFrame, Step> next();

  private:
    std::variant<StoredFrame, Step> scan();
    std::optional<std::string> why_unexpected(const FrameHeader& header) const;
    Result<bool> read_body(StoredFrame& frame);
    Step cut(std::uint64_t offset) const;
    Step lost(std::uint64_t offset, std::string what);
    Step after_end();

    Input input_;
    std::uint64_t number_ = 0;  // of the next frame
    Digest previous_;           // the digest that the next frame must name
    bool ended_ = false;        // the End frame has been read
};

}  // namespace httpprof::format
