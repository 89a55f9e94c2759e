// Whether the index of a capture is that of its frames.
#pragma once

#include <vector>

#include "format/frame.h"
#include "format/verify.h"

namespace httpprof::format {

class IndexCheck {
  public:
    explicit IndexCheck(Verdict& verdict) : verdict_(verdict) {}

    // Every intact frame.
    void add(const Frame& frame);

    // Frames may not be at the places any more where they were written.
    void note_damage() { is_displaced_ = true; }

  private:
    void check(const Frame& frame, const End& end);
    void check(const IndexEntry& said, std::uint64_t number);

    Verdict& verdict_;
    std::vector<IndexEntry> frames_;  // by number, up to the most that an index has; type 0: none
    bool is_displaced_ = false;
};

}  // namespace httpprof::format
