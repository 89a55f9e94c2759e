#include "replay/emit/pcapng/local_ends.h"

#include <cstdlib>

namespace httpprof::replay {
namespace {

constexpr std::size_t kMaxClosed = 4096;

// The ends of a connection are apart by what is in their buffers and on the way. Addresses and
// ports that are used again, or in two network namespaces, have sequence numbers of their own.
constexpr std::int64_t kMaxApart = 16 * 1024 * 1024;

bool is_near(std::uint64_t a, std::uint64_t b) {
    const auto apart = static_cast<std::int32_t>(static_cast<std::uint32_t>(a - b));
    return a == 0 || b == 0 || std::abs(std::int64_t{apart}) <= kMaxApart;
}

}  // namespace

bool LocalEnds::is_second(std::uint64_t connection, const format::Socket& socket,
                          const Place& place) {
    const auto other = firsts_.find({socket.remote, socket.local});
    if (other != firsts_.end() && is_near(place.sent, other->second.place.received) &&
        is_near(place.received, other->second.place.sent)) {
        return true;
    }
    firsts_.insert_or_assign({socket.local, socket.remote}, First{connection, place});
    return false;
}

void LocalEnds::move(std::uint64_t connection, const format::Socket& socket, const Place& place) {
    const auto found = firsts_.find({socket.local, socket.remote});
    if (found != firsts_.end() && found->second.connection == connection) {
        found->second.place = place;
    }
}

void LocalEnds::close(std::uint64_t connection, const format::Socket& socket) {
    closed_.emplace_back(connection, Key{socket.local, socket.remote});
    if (closed_.size() <= kMaxClosed) return;
    const auto& [oldest, key] = closed_.front();
    const auto found = firsts_.find(key);
    if (found != firsts_.end() && found->second.connection == oldest) firsts_.erase(found);
    closed_.pop_front();
}

void LocalEnds::clear() {
    firsts_.clear();
    closed_.clear();
}

}  // namespace httpprof::replay
