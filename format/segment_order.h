// The order in which the files of recordings are to be read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/reader.h"

namespace httpprof::format {

// Segments of a recording that are not there, from the first to the last of them, though one before
// and one behind them is.
struct MissingSegments {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::string before;  // the file that they belong before
};

// Of the segments, not of the places.
std::uint64_t count_of(const std::vector<MissingSegments>& missing);

// What becomes of records that are in two files of one segment.
enum class Repeats { are_read, are_left_out };

struct SegmentOrder {
    std::vector<std::string> paths;
    std::vector<MissingSegments> missing;
    std::vector<std::string> notes;  // for people: segments that are missing, or there twice
};

// Puts the segments of a recording into the order of their numbers, where the first of them stands.
// Whatever cannot be read stays in its place, and so does what can be read once only: standard
// input ("-"), a pipe.
SegmentOrder in_segment_order(const std::vector<std::string>& paths,
                              Repeats repeats = Repeats::are_read);

}  // namespace httpprof::format
