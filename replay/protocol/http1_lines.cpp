#include "replay/protocol/http1_lines.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "replay/protocol/control_mask.h"

namespace httpprof::replay {
namespace {

// Calls use(position) for each control character in order, until it returns false.
template <typename Use>
void for_each_control(std::string_view bytes, Use use) {
    std::array<char, kBlockSize> rest;
    for (std::size_t block = 0; block < bytes.size(); block += kBlockSize) {
        const char* data = bytes.data() + block;
        if (bytes.size() - block < kBlockSize) {
            rest.fill(' ');
            std::memcpy(rest.data(), data, bytes.size() - block);
            data = rest.data();
        }
        for (auto mask = control_mask(data); mask != 0; mask &= mask - 1) {
            if (!use(block + static_cast<std::size_t>(std::countr_zero(mask)))) return;
        }
    }
}

bool is_before_line_feed(std::string_view bytes, std::size_t position) {
    return position + 1 < bytes.size() && bytes[position + 1] == '\n';
}

}  // namespace

void index_lines(std::string_view bytes, LineIndex& index) {
    index.lines.clear();
    index.complete = false;
    index.size = 0;
    index.bare_lf = index.control = bytes.npos;
    for_each_control(bytes, [&](std::size_t position) {
        if (bytes[position] != '\n') {
            const bool ends_line = bytes[position] == '\r' && is_before_line_feed(bytes, position);
            if (!ends_line) index.control = std::min(index.control, position);
            return true;
        }
        const bool after_cr = position > index.size && bytes[position - 1] == '\r';
        if (!after_cr) index.bare_lf = std::min(index.bare_lf, position);
        const std::size_t end = after_cr ? position - 1 : position;
        index.complete = end == index.size;
        if (!index.complete) {
            index.lines.push_back(
                {static_cast<std::uint32_t>(index.size), static_cast<std::uint32_t>(end)});
        }
        index.size = position + 1;
        return !index.complete;
    });
    if (index.control >= index.size) index.control = bytes.npos;
}

std::size_t find_control(std::string_view bytes) {
    std::size_t found = bytes.npos;
    for_each_control(bytes, [&](std::size_t position) {
        const bool harmless = bytes[position] == '\n' ||
                              (bytes[position] == '\r' && is_before_line_feed(bytes, position));
        if (!harmless) found = position;
        return harmless;
    });
    return found;
}

}  // namespace httpprof::replay
