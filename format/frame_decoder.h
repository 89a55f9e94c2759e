// The second stage of reading: what one frame says. Frames are independent of each other, so any
// number of decoders can work side by side.
#pragma once

#include <string>

#include "format/compression.h"
#include "format/frame_scanner.h"

namespace httpprof::format {

class FrameDecoder {
  public:
    // `name` is of the capture, for messages.
    explicit FrameDecoder(std::string name) : name_(std::move(name)) {}

    // A frame whose content cannot be read gives Damage. It is the last step only when it says
    // that this program cannot read on.
    Step decode(const StoredFrame& frame);

  private:
    Result<FrameContent> read_content(const StoredFrame& frame);
    std::optional<Error> why_refused(const FrameHeader& header) const;
    std::optional<Error> why_refused(const Frame& frame) const;

    std::string name_;
    Decompressor decompressor_;
};

}  // namespace httpprof::format
