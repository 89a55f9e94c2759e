// Finds the connections that are two ends of one: both processes are on the host, and each end was
// recorded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "format/record.h"

namespace httpprof::replay {

// Addresses alone do not tell: ports are used again, and network namespaces have the same
// addresses. Both ends have the same sequence numbers of TCP, and those are the low half of
// positions.
class Peers {
  public:
    // Other ends are looked for among the last `limit` connections.
    explicit Peers(std::size_t limit = 65'536) : limit_(limit) {}

    // The first record of a connection.
    void add(std::uint64_t connection, const format::DataRecord& record);

    // The numbers of two connections, the one that appeared first before the other; in the order in
    // which they were found.
    const std::vector<std::pair<std::uint64_t, std::uint64_t>>& pairs() const { return pairs_; }

    // Where it has appeared.
    std::optional<std::uint64_t> other_end_of(std::uint64_t connection) const;

  private:
    using Addresses = std::pair<format::Endpoint, format::Endpoint>;  // local and remote

    struct End {
        std::uint64_t connection = 0;
        // Where its directions stood; 0 when not known.
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
    };

    // The other end, which is not looked for any more; its connection is 0 where there is none.
    End take_other(const End& end, const Addresses& its_addresses);
    void keep(const End& end, const Addresses& addresses);
    void forget(const Addresses& addresses, std::uint64_t connection);

    const std::size_t limit_;
    std::map<Addresses, std::vector<End>> single_;
    std::deque<std::pair<Addresses, std::uint64_t>> kept_;  // oldest first, also what was taken
    std::vector<std::pair<std::uint64_t, std::uint64_t>> pairs_;
    std::vector<std::uint64_t> other_ends_;  // by connection; that of none is 0
};

}  // namespace httpprof::replay
