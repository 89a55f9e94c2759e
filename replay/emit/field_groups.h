// The fields of a section by name: outputs give a name once, with all its values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/emit/text.h"
#include "replay/message.h"

namespace httpprof::replay {

// The names of fields as they are shown: different bytes may be the same text.
class ShownNames {
  public:
    ShownNames(const Message& message, const std::vector<Field>& fields) {
        names_.reserve(fields.size());
        for (const Field& field : fields) {
            const std::string_view name = message.name(field);
            names_.push_back(is_utf8(name) ? name : texts_.emplace_back(as_utf8(name)));
        }
    }

    std::string_view operator[](std::size_t index) const { return names_[index]; }

    // Indexes, those of the same name (RFC 9110, 5.1: in any case) next to each other and in order.
    std::vector<std::size_t> sorted() const {
        std::vector<std::size_t> indexes(names_.size());
        for (std::size_t i = 0; i < indexes.size(); ++i)
            indexes[i] = i;
        std::sort(indexes.begin(), indexes.end(), [this](std::size_t a, std::size_t b) {
            const int order = compare_ignoring_case(names_[a], names_[b]);
            return order != 0 ? order < 0 : a < b;
        });
        return indexes;
    }

  private:
    std::list<std::string> texts_;  // of names that are not UTF-8
    std::vector<std::string_view> names_;
};

// Calls use(name, indexes) for each name, as it was first written and in the order in which the
// names first occur. `indexes` is a range of those of its fields.
template <typename Use>
void for_each_name(const Message& message, const std::vector<Field>& fields, Use use) {
    const ShownNames names(message, fields);
    const std::vector<std::size_t> sorted = names.sorted();
    std::vector<std::span<const std::size_t>> groups(fields.size());  // at their first field
    for (std::size_t begin = 0; begin < sorted.size();) {
        const std::string_view name = names[sorted[begin]];
        std::size_t end = begin + 1;
        while (end < sorted.size() && compare_ignoring_case(name, names[sorted[end]]) == 0)
            ++end;
        groups[sorted[begin]] = std::span(sorted).subspan(begin, end - begin);
        begin = end;
    }
    for (const auto& group : groups) {
        if (!group.empty()) use(names[group.front()], group);
    }
}

}  // namespace httpprof::replay
