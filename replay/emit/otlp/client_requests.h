// The requests that clients were recorded to send: where one of them is exported, its span may be a
// parent.
#pragma once

#include <cstddef>
#include <deque>
#include <set>
#include <string>

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
    const std::size_t limit_;
    std::set<std::string> known_;  // the ids of their spans
    std::deque<std::string> oldest_first_;
};

}  // namespace httpprof::replay
