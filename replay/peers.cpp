#include "replay/peers.h"

#include <algorithm>

namespace httpprof::replay {
namespace {

// Of connections with the same addresses: that is in how many network namespaces they are looked
// for.
constexpr std::size_t kMaxAlike = 16;
// How far the ends may be apart when each is first seen: by what is in the buffers between them.
constexpr std::uint32_t kMaxApart = 16 * 1024 * 1024;

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
    if (const std::uint64_t other = take_other(end, {remote, local}); other > 0) {
        pairs_.emplace_back(other, connection);
    } else {
        keep(end, {local, remote});
    }
}

std::uint64_t Peers::take_other(const End& end, const Addresses& its_addresses) {
    const auto alike = single_.find(its_addresses);
    if (alike == single_.end()) return 0;
    const auto found = std::ranges::find_if(alike->second, [&](const End& other) {
        return is_near(end.sent, other.received) && is_near(end.received, other.sent);
    });
    if (found == alike->second.end()) return 0;
    const std::uint64_t connection = found->connection;
    forget(its_addresses, connection);
    return connection;
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
