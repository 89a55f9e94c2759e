// Finds the records that two parts of one segment both have.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string_view>

#include "format/digest.h"

namespace httpprof::format {

// The parts come side by side, by the times of their records, and what they have in common is in
// the same order in each. A record names its socket, its place there and its time: none is in a
// segment twice.
class RepeatedRecords {
  public:
    // Whether another part had this record. Looks back over 65,536 records, which take 8 MiB.
    bool is_repeated(std::size_t part, std::string_view record);

  private:
    std::map<Digest, std::size_t> parts_;  // that had it first
    std::deque<Digest> order_;
};

}  // namespace httpprof::format
