// Finds the connections that are two ends of one: both processes are on the host, and each end was
// recorded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <utility>
#include <vector>

#include "format/record.h"

namespace httpprof::replay {

// Addresses alone do not tell: ports are used again, and network namespaces have the same
// addresses. Both ends have the same sequence numbers of TCP, and those are the low half of
// positions.
class Peers {
  public:
    // The first record of a connection.
    void add(std::uint64_t connection, const format::DataRecord& record);

    // The numbers of two connections, the one that appeared first before the other; in the order in
    // which they were found.
    const std::vector<std::pair<std::uint64_t, std::uint64_t>>& pairs() const { return pairs_; }

  private:
    using Addresses = std::pair<format::Endpoint, format::Endpoint>;  // local and remote

    struct End {
        Addresses addresses;
        std::uint64_t connection = 0;
        // Where its directions stood; 0 when not known.
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
    };
    using Ends = std::list<End>;

    Ends::iterator other_end(const End& end);
    void forget(Ends::iterator end);

    Ends single_;  // in order of appearance
    std::multimap<Addresses, Ends::iterator> by_addresses_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> pairs_;
};

}  // namespace httpprof::replay
