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
    bool is_derived = false;
};

// A segment among the files.
struct Numbered {
    std::uint32_t number = 0;
    std::size_t place = 0;
    // What several segments were joined into has the number 0, and does not say how far it reaches.
    bool has_open_end = false;

    auto operator<=>(const Numbered&) const = default;
};

// Nothing when the first frames have no Header.
std::optional<Segment> segment_of(const std::string& path) {
    if (is_read_once(path)) return std::nullopt;
    auto source = open_capture(path, {.jobs = 1, .key = nullptr, .pass_encrypted = true});
    if (!source) return std::nullopt;
    while (true) {
        const auto frame = (*source)->next();
        if (!frame || !*frame) return std::nullopt;
        const FrameContent& content = (*frame)->content;
        if (const auto* header = std::get_if<Header>(&content))
            return Segment{header->capture_id, header->segment, !header->derivation.empty()};
        if (!std::holds_alternative<Damage>(content)) return std::nullopt;
    }
}

std::string missing_text(const MissingSegments& missing) {
    const auto& [first, last, before] = missing;
    const std::string which = first == last ? "segment " + std::to_string(first) + " is"
                                            : "segments " + std::to_string(first) + " to " +
                                                  std::to_string(last) + " are";
    return which + " not there, before " + before;
}

std::string repeated_text(const std::string& one, const std::string& other, std::uint32_t number,
                          Repeats repeats) {
    return one + " and " + other + " are both segment " + std::to_string(number) +
           " of one recording; what is in both is " +
           (repeats == Repeats::are_left_out ? "written once" : "read twice");
}

}  // namespace

std::uint64_t count_of(const std::vector<MissingSegments>& missing) {
    std::uint64_t count = 0;
    for (const auto& [first, last, before] : missing)
        count += last - first + 1;
    return count;
}

SegmentOrder in_segment_order(const std::vector<std::string>& paths, Repeats repeats) {
    SegmentOrder order{.paths = paths, .missing = {}, .notes = {}};
    const bool may_be_behind_a_pipe = std::ranges::any_of(paths, is_read_once);
    // Where the files of each recording stand, and in which order they belong there.
    std::map<std::string, std::vector<std::size_t>> places;
    std::map<std::string, std::vector<Numbered>> segments;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const auto segment = segment_of(paths[i]);
        if (!segment) continue;
        places[segment->capture_id].push_back(i);
        const bool has_open_end = segment->is_derived && segment->number == 0;
        segments[segment->capture_id].push_back({segment->number, i, has_open_end});
    }
    for (auto& [id, numbered] : segments) {
        std::ranges::sort(numbered);
        for (std::size_t i = 0; i < numbered.size(); ++i) {
            const Numbered& segment = numbered[i];
            const std::string& path = paths[segment.place];
            order.paths[places[id][i]] = path;
            if (i == 0) continue;
            const Numbered& before = numbered[i - 1];
            if (segment.number == before.number)
                order.notes.push_back(
                    repeated_text(paths[before.place], path, segment.number, repeats));
            if (segment.number <= before.number + 1) continue;
            if (before.has_open_end || may_be_behind_a_pipe) continue;
            order.missing.push_back({before.number + 1, segment.number - 1, path});
            order.notes.push_back(missing_text(order.missing.back()));
        }
    }
    return order;
}

}  // namespace httpprof::format
