// Which two recorded connections are the ends of one: both are recorded when both processes are on
// the host.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "replay/emit/emitter.h"

namespace httpprof::replay {

// A connection of which one end or both ends were recorded.
struct ConnectionPair {
    format::Endpoint client;
    format::Endpoint server;
};

class ConnectionPairs {
  public:
    // The number, from 0, of the pair that the event's connection belongs to. Events come by time.
    //
    // The ends of a connection have the same two addresses. These may be used again, but not while
    // one end still waits for the first answer.
    std::size_t pair_of(const Event& event);

    const std::vector<ConnectionPair>& pairs() const { return pairs_; }

  private:
    // The pair that last had two addresses.
    struct Latest {
        std::size_t pair = 0;
        std::array<bool, 2> has_side{};
        std::int64_t answered_ns = 0;  // 0: not yet
    };

    std::size_t first_of(const Event& event);

    std::vector<ConnectionPair> pairs_;
    std::map<std::uint64_t, std::size_t> numbers_;                            // by connection
    std::map<std::pair<format::Endpoint, format::Endpoint>, Latest> latest_;  // client, server
};

}  // namespace httpprof::replay
