// Numbers the connections, of which two that are the ends of one count as one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
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
    // The number, from 0, of the pair that the event's connection belongs to.
    std::size_t pair_of(const Event& event);

    const std::vector<ConnectionPair>& pairs() const { return pairs_; }

  private:
    std::size_t first_of(const Event& event);

    std::vector<ConnectionPair> pairs_;
    std::map<std::uint64_t, std::size_t> numbers_;  // by connection
};

}  // namespace httpprof::replay
