// Finds the connections of which both ends are in the capture, as their bytes come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>

#include "format/record.h"

namespace httpprof::replay {

// Remembers the ends that came first, also a while after they were closed: the process at the other
// end may read what is left only then.
class LocalEnds {
  public:
    // Positions of an end's two directions, whose low 32 bits are the sequence numbers of TCP,
    // which both ends have; 0 when not known.
    struct Place {
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
    };

    // Whether the other end of this new one's connection is known. If it is not, this one is now.
    bool is_second(std::uint64_t connection, const format::Socket& socket, const Place& place);
    // How far an end that was not a second one has come.
    void move(std::uint64_t connection, const format::Socket& socket, const Place& place);
    void close(std::uint64_t connection, const format::Socket& socket);
    void clear();

  private:
    using Key = std::pair<format::Endpoint, format::Endpoint>;  // local and remote
    struct First {
        std::uint64_t connection = 0;
        Place place;
    };

    std::map<Key, First> firsts_;
    std::deque<std::pair<std::uint64_t, Key>> closed_;  // connections of those, oldest first
};

}  // namespace httpprof::replay
