#include "replay/protocol/http1_section.h"

namespace httpprof::replay {

void SectionScanner::start(std::size_t position) {
    line_start_ = position;
    complete_ = false;
}

std::size_t SectionScanner::scan(std::string_view buffered, std::string_view bytes) {
    const auto base = buffered.size();
    const auto line_begins_with_cr = [&] {
        return line_start_ < base ? buffered[line_start_] == '\r'
                                  : bytes[line_start_ - base] == '\r';
    };
    std::size_t position = 0;
    while (true) {
        const auto line_feed = bytes.find('\n', position);
        if (line_feed == bytes.npos) return bytes.size();
        const auto length = base + line_feed - line_start_;
        position = line_feed + 1;
        complete_ = length == 0 || (length == 1 && line_begins_with_cr());
        if (complete_) return position;
        line_start_ = base + position;
    }
}

}  // namespace httpprof::replay
