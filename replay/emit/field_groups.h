// The fields of a section by name: outputs give a name once, with all its values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "replay/message.h"

namespace httpprof::replay {

// Indexes of `fields`, those with the same name (RFC 9110, 5.1: in any case) next to each other and
// in order.
inline std::vector<std::size_t> sorted_by_name(const Message& message,
                                               const std::vector<Field>& fields) {
    std::vector<std::size_t> sorted(fields.size());
    for (std::size_t i = 0; i < sorted.size(); ++i)
        sorted[i] = i;
    std::sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) {
        const int order = compare_ignoring_case(message.name(fields[a]), message.name(fields[b]));
        return order != 0 ? order < 0 : a < b;
    });
    return sorted;
}

// Calls use(name, indexes) for each name, as it was first written and in the order in which the
// names first occur. `indexes` is a range of those of its fields.
template <typename Use>
void for_each_name(const Message& message, const std::vector<Field>& fields, Use use) {
    const std::vector<std::size_t> sorted = sorted_by_name(message, fields);
    std::vector<std::span<const std::size_t>> groups(fields.size());  // at their first field
    for (std::size_t begin = 0; begin < sorted.size();) {
        const std::string_view name = message.name(fields[sorted[begin]]);
        std::size_t end = begin + 1;
        while (end < sorted.size() &&
               compare_ignoring_case(name, message.name(fields[sorted[end]])) == 0) {
            ++end;
        }
        groups[sorted[begin]] = std::span(sorted).subspan(begin, end - begin);
        begin = end;
    }
    for (const auto& group : groups) {
        if (!group.empty()) use(message.name(fields[group.front()]), group);
    }
}

}  // namespace httpprof::replay
