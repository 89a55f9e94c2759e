#include "replay/protocol/http1_lines.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "replay/protocol/control_mask.h"

namespace httpprof::replay {
namespace {

enum class Mark : std::uint8_t { crlf, bare_lf, control };

bool is_before_line_feed(std::string_view bytes, std::size_t position) {
    return position + 1 < bytes.size() && bytes[position + 1] == '\n';
}

Mark mark_at(std::string_view bytes, std::size_t position) {
    if (bytes[position] == '\r' && is_before_line_feed(bytes, position)) return Mark::crlf;
    return bytes[position] == '\n' ? Mark::bare_lf : Mark::control;
}

// Calls use(position, mark) for each line end and other control character in order, until it
// returns false. A CRLF is one mark.
template <typename Use>
void for_each_mark(std::string_view bytes, Use use) {
    std::array<char, kBlockSize> rest;
    std::uint64_t line_feed = 0;  // bit 0 is set: the block begins with the LF of a CRLF
    for (std::size_t block = 0; block < bytes.size(); block += kBlockSize) {
        const char* data = bytes.data() + block;
        if (bytes.size() - block < kBlockSize) {
            rest.fill(' ');
            std::memcpy(rest.data(), data, bytes.size() - block);
            data = rest.data();
        }
        auto mask = control_mask(data) & ~line_feed;
        line_feed = 0;
        for (; mask != 0; mask &= mask - 1) {
            const auto bit = static_cast<std::size_t>(std::countr_zero(mask));
            const Mark mark = mark_at(bytes, block + bit);
            if (!use(block + bit, mark)) return;
            if (mark != Mark::crlf) continue;
            if (bit + 1 == kBlockSize)
                line_feed = 1;
            else
                mask &= mask - 1;
        }
    }
}

}  // namespace

void index_lines(std::string_view bytes, LineIndex& index) {
    index.lines.clear();
    index.complete = false;
    index.size = 0;
    index.bare_lf = index.control = bytes.npos;
    for_each_mark(bytes, [&](std::size_t position, Mark mark) {
        if (mark == Mark::control) {
            index.control = std::min(index.control, position);
            return true;
        }
        if (mark == Mark::bare_lf) index.bare_lf = std::min(index.bare_lf, position);
        index.complete = position == index.size;
        if (!index.complete) {
            index.lines.push_back(
                {static_cast<std::uint32_t>(index.size), static_cast<std::uint32_t>(position)});
        }
        index.size = position + (mark == Mark::crlf ? 2 : 1);
        return !index.complete;
    });
    if (index.control >= index.size) index.control = bytes.npos;
}

std::size_t find_control(std::string_view bytes) {
    std::size_t found = bytes.npos;
    for_each_mark(bytes, [&](std::size_t position, Mark mark) {
        if (mark == Mark::control) found = position;
        return mark != Mark::control;
    });
    return found;
}

}  // namespace httpprof::replay
