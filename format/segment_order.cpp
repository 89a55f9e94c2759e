#include "format/segment_order.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace httpprof::format {
namespace {

struct Segment {
    std::string capture_id;
    std::uint32_t number = 0;
};

// Nothing when the first frames have no Header.
std::optional<Segment> segment_of(const std::string& path) {
    if (path == "-") return std::nullopt;
    auto source = open_capture(path, {.jobs = 1, .key = nullptr, .pass_encrypted = true});
    if (!source) return std::nullopt;
    while (true) {
        const auto frame = (*source)->next();
        if (!frame || !*frame) return std::nullopt;
        const FrameContent& content = (*frame)->content;
        if (const auto* header = std::get_if<Header>(&content))
            return Segment{header->capture_id, header->segment};
        if (!std::holds_alternative<Damage>(content)) return std::nullopt;
    }
}

std::string missing_text(std::uint32_t first, std::uint32_t end, const std::string& before) {
    const std::string which = end - first == 1 ? "segment " + std::to_string(first) + " is"
                                               : "segments " + std::to_string(first) + " to " +
                                                     std::to_string(end - 1) + " are";
    return which + " not there, before " + before;
}

std::string repeated_text(const std::string& one, const std::string& other, std::uint32_t number) {
    return one + " and " + other + " are both segment " + std::to_string(number) +
           " of one recording; what is in both is read twice";
}

}  // namespace

SegmentOrder in_segment_order(const std::vector<std::string>& paths) {
    SegmentOrder order{.paths = paths, .notes = {}};
    // Where the files of each recording stand, and in which order they belong there.
    std::map<std::string, std::vector<std::size_t>> places;
    std::map<std::string, std::vector<std::pair<std::uint32_t, std::size_t>>> segments;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const auto segment = segment_of(paths[i]);
        if (!segment) continue;
        places[segment->capture_id].push_back(i);
        segments[segment->capture_id].emplace_back(segment->number, i);
    }
    for (auto& [id, numbered] : segments) {
        std::ranges::sort(numbered);
        for (std::size_t i = 0; i < numbered.size(); ++i) {
            const auto& [number, from] = numbered[i];
            order.paths[places[id][i]] = paths[from];
            if (i == 0) continue;
            const auto& [number_before, before] = numbered[i - 1];
            if (number == number_before)
                order.notes.push_back(repeated_text(paths[before], paths[from], number));
            if (number > number_before + 1)
                order.notes.push_back(missing_text(number_before + 1, number, paths[from]));
        }
    }
    return order;
}

}  // namespace httpprof::format
