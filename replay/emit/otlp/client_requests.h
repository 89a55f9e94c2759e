// The requests that clients were recorded to send: where one of them is exported, its span may be a
// parent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <utility>

#include "replay/emit/emitter.h"

namespace httpprof::replay {

class ClientRequests {
  public:
    // The last `limit` are known: so many are under way at once at most, or a parent is not found.
    explicit ClientRequests(std::size_t limit = 65'536) : limit_(limit) {}

    void add(const Event& event);

    // Whether `event` is of a server, and of an exchange whose request by the client is known.
    bool has_that_of(const Event& event) const;

  private:
    using Key = std::pair<std::uint64_t, std::uint64_t>;  // connection, number of the request

    const std::size_t limit_;
    std::set<Key> known_;
    std::deque<Key> oldest_first_;
};

}  // namespace httpprof::replay
