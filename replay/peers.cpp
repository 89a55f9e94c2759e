#include "replay/peers.h"

#include <algorithm>

namespace httpprof::replay {
namespace {

// Of connections with the same addresses: that is in how many network namespaces they are looked
// for.
constexpr std::size_t kMaxAlike = 16;
// How far the ends may be apart when each is first seen: by what is in the buffers between them.
constexpr std::uint32_t kMaxApart = 16 * 1024 * 1024;

// Each end counts for itself how often positions wrapped.
bool is_near(std::uint64_t a, std::uint64_t b) {
    const auto apart = static_cast<std::uint32_t>(a - b);
    return a == 0 || b == 0 || std::min(apart, ~apart + 1) <= kMaxApart;
}

}  // namespace

void Peers::add(std::uint64_t connection, const format::DataRecord& record) {
    const bool is_sent = record.direction == format::Direction::send;
    const End end{connection, is_sent ? record.position : record.other_position,
                  is_sent ? record.other_position : record.position};
    const auto& [id, local, remote] = record.socket;
    if (const End other = take_other(end, {remote, local}); other.connection > 0) {
        pairs_.emplace_back(other.connection, connection);
        other_ends_.resize(connection + 1);
        other_ends_[connection] = other.connection;
        other_ends_[other.connection] = connection;
    } else {
        keep(end, {local, remote});
    }
}

std::optional<std::uint64_t> Peers::other_end_of(std::uint64_t connection) const {
    const bool has_other = connection < other_ends_.size() && other_ends_[connection] > 0;
    return has_other ? std::optional(other_ends_[connection]) : std::nullopt;
}

Peers::End Peers::take_other(const End& end, const Addresses& its_addresses) {
    const auto alike = single_.find(its_addresses);
    if (alike == single_.end()) return {};
    const auto found = std::ranges::find_if(alike->second, [&](const End& other) {
        return is_near(end.sent, other.received) && is_near(end.received, other.sent);
    });
    if (found == alike->second.end()) return {};
    const End other = *found;
    forget(its_addresses, other.connection);
    return other;
}

void Peers::keep(const End& end, const Addresses& addresses) {
    std::vector<End>& alike = single_[addresses];
    if (alike.size() == kMaxAlike) alike.erase(alike.begin());
    alike.push_back(end);
    kept_.emplace_back(addresses, end.connection);
    if (kept_.size() <= limit_) return;
    forget(kept_.front().first, kept_.front().second);
    kept_.pop_front();
}

void Peers::forget(const Addresses& addresses, std::uint64_t connection) {
    const auto alike = single_.find(addresses);
    if (alike == single_.end()) return;
    std::erase_if(alike->second, [&](const End& end) { return end.connection == connection; });
    if (alike->second.empty()) single_.erase(alike);
}

}  // namespace httpprof::replay
