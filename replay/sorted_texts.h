// Puts pieces of an output into the order of their times, however they come: they wait in a
// temporary file, and memory holds little more than the times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/spool.h"

namespace httpprof::replay {

class SortedTexts {
  public:
    Result<void> add(std::int64_t time_ns, std::string_view text);
    // Gives all texts by time, those of the same time as they came. Nothing may follow.
    Result<void> give_to(const std::function<Result<void>(std::string_view)>& sink);

  private:
    struct Place {
        std::int64_t time_ns = 0;
        std::uint64_t begin = 0;  // in all that was added
        std::uint64_t size = 0;
    };

    Result<void> write_block();
    Result<void> write(std::string_view text);

    Spool spool_;
    std::string block_;          // what is not yet in the file
    std::uint64_t written_ = 0;  // what is
    std::vector<Place> places_;
};

}  // namespace httpprof::replay
