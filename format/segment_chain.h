// Whether captures that are read one after the other continue each other where they are segments.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "format/digest.h"
#include "format/record_source.h"

namespace httpprof::format {

// For messages: "segment NUMBER".
std::string segment_text(std::uint32_t number);

class SegmentChain {
  public:
    // The next file, read to its end before the one behind it. Behind a Header that does not name
    // the last digest of the segment before stands a Damage. The chain must outlive the source.
    std::unique_ptr<RecordSource> watch(std::unique_ptr<RecordSource> source);

  private:
    class Watched;
    struct Segment {
        std::string capture_id;
        std::uint32_t number = 0;
        bool is_derived = false;
    };

    void begin();
    // What is wrong with how the file of this frame follows the one before.
    std::optional<Frame> take(const Frame& frame);
    std::optional<Frame> check(const Frame& frame, const Header& header);

    std::optional<Segment> before_;
    std::optional<Digest> expected_;  // to be named by who follows it
    std::optional<Segment> current_;
    std::optional<Digest> last_digest_;  // of what was read of it
    std::uint64_t last_number_ = 0;
};

}  // namespace httpprof::format
