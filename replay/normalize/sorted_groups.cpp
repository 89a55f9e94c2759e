#include "replay/normalize/sorted_groups.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "replay/value_bytes.h"

namespace httpprof::replay {
namespace {

// Written and read at a time. An entry is never in two.
constexpr std::size_t kEntryBlock = 64 * 1024;

void append_entry(std::string& block, const SortedGroups::Key& key, std::string_view text) {
    append_value(block, key);
    append_value(block, text.size());
    block += text;
}

template <typename Entries>
void sort_by_key(Entries& entries) {
    std::ranges::stable_sort(entries, {}, [](const auto& entry) { return entry.key; });
}

}  // namespace

// Stands at an entry of a run.
class SortedGroups::Cursor {
  public:
    Cursor(const Spool& spool, Run blocks, std::string block)
        : spool_(spool), blocks_(std::move(blocks)), block_(std::move(block)), rest_(block_) {}
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    const Key& key() const { return key_; }
    std::string_view text() const { return text_; }

    // Goes to the next entry; false behind the last one.
    Result<bool> advance() {
        if (rest_.empty()) {
            if (next_ == blocks_.size()) return false;
            block_.clear();
            if (auto read = spool_.read(blocks_[next_++], block_); !read) return read.error();
            rest_ = block_;
        }
        key_ = take_value<Key>(rest_);
        const auto size = take_value<std::size_t>(rest_);
        text_ = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }

  private:
    const Spool& spool_;
    const Run blocks_;
    std::size_t next_ = 0;
    std::string block_;
    std::string_view rest_;
    Key key_;
    std::string_view text_;
};

Result<void> SortedGroups::add(std::size_t group, Key key, std::string_view text) {
    if (group >= groups_.size()) groups_.resize(group + 1);
    if (groups_[group].entries.empty()) in_memory_.push_back(group);
    groups_[group].entries.push_back({key, std::string(text)});
    bytes_ += sizeof(Entry) + text.size();
    return bytes_ > limit_ ? spill() : Result<void>();
}

Result<void> SortedGroups::spill() {
    for (const std::size_t group : in_memory_) {
        if (auto spilled = spill(groups_[group]); !spilled) return spilled;
    }
    in_memory_.clear();
    bytes_ = 0;
    return {};
}

// Makes a run of the entries in memory.
Result<void> SortedGroups::spill(Group& group) {
    Run& run = group.runs.emplace_back();
    std::string block;
    const auto write = [&]() -> Result<void> {
        const auto extent = spool_.write(block);
        if (!extent) return extent.error();
        run.push_back(*extent);
        block.clear();
        return {};
    };
    sort_by_key(group.entries);
    for (const Entry& entry : group.entries) {
        append_entry(block, entry.key, entry.text);
        if (block.size() < kEntryBlock) continue;
        if (auto written = write(); !written) return written;
    }
    std::vector<Entry>().swap(group.entries);
    return block.empty() ? Result<void>() : write();
}

Result<void> SortedGroups::read(std::size_t number, const Use& use) {
    Group& group = groups_[number];
    sort_by_key(group.entries);
    std::string last_run;
    for (const Entry& entry : group.entries)
        append_entry(last_run, entry.key, entry.text);

    std::vector<std::unique_ptr<Cursor>> cursors;
    for (const Run& run : group.runs)
        cursors.push_back(std::make_unique<Cursor>(spool_, run, std::string()));
    cursors.push_back(std::make_unique<Cursor>(spool_, Run(), std::move(last_run)));

    // By the entry that each stands at; of the same key, that of an older run first.
    std::map<std::pair<Key, std::size_t>, Cursor*> order;
    const auto advance = [&](std::size_t run) -> Result<void> {
        const auto has_more = cursors[run]->advance();
        if (!has_more) return has_more.error();
        if (*has_more) order.emplace(std::pair(cursors[run]->key(), run), cursors[run].get());
        return {};
    };
    for (std::size_t run = 0; run < cursors.size(); ++run) {
        if (auto advanced = advance(run); !advanced) return advanced;
    }
    while (!order.empty()) {
        const auto [place, cursor] = *order.begin();
        order.erase(order.begin());
        if (auto used = use(cursor->text()); !used) return used;
        if (auto advanced = advance(place.second); !advanced) return advanced;
    }
    return {};
}

}  // namespace httpprof::replay
