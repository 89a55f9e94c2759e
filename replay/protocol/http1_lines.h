// Splits a header or trailer section into its lines, in one pass that also finds what must not be
// in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace httpprof::replay {

// What index_lines() finds beside the lines.
struct SectionScan {
    bool complete = false;  // the empty line was found
    std::size_t size = 0;   // of all lines with their ends, the empty one included
    // Where they first occur, npos for nowhere: a LF without CR before it, and a control character
    // that is neither HTAB nor part of a line end.
    std::size_t bare_lf = std::string_view::npos;
    std::size_t control = std::string_view::npos;
};

struct LineIndex : SectionScan {
    // Of one line without its end.
    struct Line {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
    };

    std::vector<Line> lines;  // up to the empty one, which is not among them
};

// Indexes the lines at the beginning of `bytes` until the first empty one, or the last that is
// whole. `bytes` must be shorter than 4 GiB. The memory of `index` is used again.
void index_lines(std::string_view bytes, LineIndex& index);

// Where the first control character is, not counting HTAB, LF and CR before LF; npos for none.
std::size_t find_control(std::string_view bytes);

}  // namespace httpprof::replay
