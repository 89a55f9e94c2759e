#include "format/verify/index_check.h"

#include <algorithm>
#include <string>
#include <variant>

#include "format/verify/problems.h"

namespace httpprof::format {

void IndexCheck::add(const Frame& frame) {
    if (const auto* end = std::get_if<End>(&frame.content)) check(frame, *end);
    const std::uint64_t number = frame.header.number;
    if (number >= kMaxIndexEntries) return;
    if (frames_.size() <= number) frames_.resize(number + 1);
    frames_[number] = entry_of(frame);
}

void IndexCheck::check(const Frame& frame, const End& end) {
    const std::uint64_t number = frame.header.number;
    if (number > kMaxIndexEntries) {
        if (!end.index.empty()) add_problem(verdict_, frame, "the index is longer than its limit");
        return;
    }
    if (end.index.empty() && verdict_.minor_version.value_or(0) == 0) return;
    if (end.index.size() != number)
        add_problem(verdict_, frame,
                    "the index has " + std::to_string(end.index.size()) + " entries, for " +
                        std::to_string(number) + " frames");
    const std::size_t known = std::min(end.index.size(), frames_.size());
    for (std::size_t i = 0; i < known; ++i)
        check(end.index[i], i);
}

void IndexCheck::check(const IndexEntry& said, std::uint64_t number) {
    const IndexEntry& frame = frames_[number];
    if (frame.type == 0) return;
    const char* wrong = nullptr;
    if (said.offset != frame.offset && !is_displaced_) wrong = "offset";
    if (said.type != frame.type) wrong = "type";
    if (said.record_count != frame.record_count) wrong = "record count";
    if (said.first_time_ns != frame.first_time_ns || said.last_time_ns != frame.last_time_ns)
        wrong = "time";
    if (wrong == nullptr) return;
    add_problem(verdict_, {.frame = number,
                           .offset = frame.offset,
                           .what = std::string("the index has another ") + wrong + " for it"});
}

}  // namespace httpprof::format
