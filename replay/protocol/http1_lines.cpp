#include "replay/protocol/http1_lines.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "replay/protocol/control_mask.h"

namespace httpprof::replay {
namespace {

// 0 where no line ends.
std::size_t line_end_size(std::string_view bytes, std::size_t position) {
    const char* const end = bytes.data() + position;
    if (bytes.size() - position >= 2 && std::memcmp(end, "\r\n", 2) == 0) return 2;
    return *end == '\n' ? 1 : 0;
}

// Of the block of bytes at `begin`, which may be the last and shorter.
std::uint64_t control_mask_at(std::string_view bytes, std::size_t begin) {
    const char* const block = bytes.data() + begin;
    if (bytes.size() - begin >= kBlockSize) return control_mask(block);
    if (bytes.size() >= kBlockSize) {
        const auto shift = begin + kBlockSize - bytes.size();
        return control_mask(block - shift) >> shift;
    }
    std::array<char, kBlockSize> padded;
    padded.fill('a');  // never found
    std::memcpy(padded.data(), block, bytes.size() - begin);
    return control_mask(padded.data());
}

}  // namespace

void index_lines(std::string_view bytes, LineIndex& index) {
    index.lines.clear();
    SectionScan scan;
    for (std::size_t block = 0; block < bytes.size() && !scan.complete; block += kBlockSize) {
        for (auto mask = control_mask_at(bytes, block); mask != 0; mask &= mask - 1) {
            const auto position = block + static_cast<std::size_t>(std::countr_zero(mask));
            const bool is_behind_cr = position < scan.size;
            if (is_behind_cr) continue;
            const auto end_size = line_end_size(bytes, position);
            if (end_size == 2) mask &= mask - 1;  // LF
            if (end_size == 0) {
                if (is_control(bytes[position])) scan.control = std::min(scan.control, position);
                continue;
            }
            if (end_size == 1) scan.bare_lf = std::min(scan.bare_lf, position);
            const auto begin = std::exchange(scan.size, position + end_size);
            scan.complete = position == begin;
            if (scan.complete) break;
            index.lines.push_back(
                {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(position)});
        }
    }
    if (scan.control >= scan.size) scan.control = bytes.npos;
    static_cast<SectionScan&>(index) = scan;
}

std::size_t find_control(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (is_control(bytes[i]) && bytes[i] != '\n' && line_end_size(bytes, i) == 0) return i;
    }
    return bytes.npos;
}

}  // namespace httpprof::replay
