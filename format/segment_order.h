// The order in which the files of recordings are to be read.
#pragma once

#include <string>
#include <vector>

#include "format/reader.h"

namespace httpprof::format {

struct SegmentOrder {
    std::vector<std::string> paths;
    std::vector<std::string> notes;  // for people: segments that are missing, or there twice
};

// Puts the segments of a recording into the order of their numbers, where the first of them stands.
// Whatever cannot be read stays in its place, and so does standard input ("-").
SegmentOrder in_segment_order(const std::vector<std::string>& paths);

}  // namespace httpprof::format
