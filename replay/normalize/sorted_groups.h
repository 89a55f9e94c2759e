// Sorts many groups of texts that do not fit into memory together.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/spool.h"

namespace httpprof::replay {

// Texts come for all groups in turn and leave a group at a time. In memory are at most `limit`
// bytes of them, and some words for each group; the rest is in a temporary file, as sorted runs,
// which are merged as they are read.
class SortedGroups {
  public:
    // Where in its group a text belongs. Texts of the same key keep the order in which they came.
    struct Key {
        std::uint64_t major = 0;
        std::uint64_t minor = 0;

        auto operator<=>(const Key&) const = default;
    };
    using Use = std::function<Result<void>(std::string_view text)>;

    static constexpr std::size_t kLimit = 32 * 1024 * 1024;
    explicit SortedGroups(std::size_t limit = kLimit) : limit_(limit) {}

    Result<void> add(std::size_t group, Key key, std::string_view text);
    // Gives the texts of a group in order. An error of `use` ends it.
    Result<void> read(std::size_t group, const Use& use);

  private:
    struct Entry {
        Key key;
        std::string text;
    };
    using Run = std::vector<Extent>;  // blocks of whole entries
    struct Group {
        std::vector<Entry> entries;
        std::vector<Run> runs;
    };
    class Cursor;

    Result<void> spill();
    Result<void> spill(Group& group);

    const std::size_t limit_;
    Spool spool_;
    std::vector<Group> groups_;
    std::vector<std::size_t> in_memory_;  // groups with entries
    std::size_t bytes_ = 0;               // of the entries
};

}  // namespace httpprof::replay
