// Counters that are added up by their cause.
#pragma once

#include <string>
#include <vector>

#include "format/frame.h"

namespace httpprof::format {

// Keeps the order in which the causes came. A capture can name any number of causes of any length;
// those beyond what fits into memory and a frame are counted together, as "other". Sums stay below
// what overflows when all are added up.
class Counters {
  public:
    void add(const Counter& counter);
    void add(const std::vector<Counter>& counters);
    // Of counters that were read again: the greater value of each cause.
    void raise(const std::vector<Counter>& counters);

    const std::vector<Counter>& list() const { return counters_; }

  private:
    Counter& of(const std::string& cause);

    std::vector<Counter> counters_;
};

}  // namespace httpprof::format
