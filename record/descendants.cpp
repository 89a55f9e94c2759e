#include "record/descendants.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "record/process_stat.h"

namespace httpprof::record {
namespace {

std::multimap<std::uint32_t, std::uint32_t> children_by_parent() {
    std::multimap<std::uint32_t, std::uint32_t> children;
    std::error_code error;
    std::filesystem::directory_iterator entry("/proc", error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename();
        std::uint32_t pid = 0;
        const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (failed != std::errc() || end != name.data() + name.size()) continue;
        if (const auto stat = read_process_stat(entry->path())) children.emplace(stat->parent, pid);
    }
    return children;
}

}  // namespace

std::vector<std::uint32_t> descendants_of(const std::vector<std::uint32_t>& ancestors) {
    const auto children = children_by_parent();
    std::vector<std::uint32_t> found;
    std::set<std::uint32_t> seen(ancestors.begin(), ancestors.end());
    std::vector<std::uint32_t> open(seen.begin(), seen.end());
    while (!open.empty()) {
        const std::uint32_t parent = open.back();
        open.pop_back();
        const auto [first, last] = children.equal_range(parent);
        for (auto child = first; child != last; ++child) {
            if (!seen.insert(child->second).second) continue;
            found.push_back(child->second);
            open.push_back(child->second);
        }
    }
    return found;
}

}  // namespace httpprof::record
