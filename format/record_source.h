// The pull interface that feeds the analyzer: a capture file, a pipe, a live ring or a test.
#pragma once

#include <optional>

#include "format/frame.h"
#include "format/result.h"

namespace httpprof::format {

class RecordSource {
  public:
    virtual ~RecordSource() = default;

    // The next frame in order, or nothing at the end. An Error means that nothing more can be read:
    // this is not a capture, or not one for this version, or reading failed. Damage within a
    // capture is not an Error but a frame whose content is Damage.
    virtual Result<std::optional<Frame>> next() = 0;
};

}  // namespace httpprof::format
