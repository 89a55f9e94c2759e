#include "replay/peers.h"

#include <algorithm>

namespace httpprof::replay {
namespace {

// Of the connections without a known other end: those with other hosts stay so.
constexpr std::size_t kMaxSingle = 65'536;
// How far the ends may be apart when each is first seen: by what is in the buffers between them.
constexpr std::uint32_t kMaxApart = 16 * 1024 * 1024;

bool is_near(std::uint64_t a, std::uint64_t b) {
    const auto apart = static_cast<std::uint32_t>(a - b);
    return a == 0 || b == 0 || std::min(apart, ~apart + 1) <= kMaxApart;
}

}  // namespace

void Peers::add(std::uint64_t connection, const format::DataRecord& record) {
    const bool is_sent = record.direction == format::Direction::send;
    const End end{{record.socket.local, record.socket.remote},
                  connection,
                  is_sent ? record.position : record.other_position,
                  is_sent ? record.other_position : record.position};
    const auto other = other_end(end);
    if (other != single_.end()) {
        pairs_.emplace_back(other->connection, connection);
        forget(other);
        return;
    }
    by_addresses_.emplace(end.addresses, single_.insert(single_.end(), end));
    if (single_.size() > kMaxSingle) forget(single_.begin());
}

Peers::Ends::iterator Peers::other_end(const End& end) {
    const auto [first, last] =
        by_addresses_.equal_range({end.addresses.second, end.addresses.first});
    const auto found = std::find_if(first, last, [&](const auto& entry) {
        const End& other = *entry.second;
        return is_near(end.sent, other.received) && is_near(end.received, other.sent);
    });
    return found == last ? single_.end() : found->second;
}

void Peers::forget(Ends::iterator end) {
    const auto [first, last] = by_addresses_.equal_range(end->addresses);
    by_addresses_.erase(
        std::find_if(first, last, [&](const auto& entry) { return entry.second == end; }));
    single_.erase(end);
}

}  // namespace httpprof::replay
