// Where in the streams bytes are that belong to no message, so that they can be looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "format/record.h"

namespace httpprof::replay {

// Bytes in a row of one direction of a connection.
struct NotHttpPlace {
    std::uint64_t connection = 0;
    format::Direction direction = format::Direction::send;
    format::Endpoint source = {};
    format::Endpoint destination = {};
    std::uint64_t offset = 0;  // in the stream, from its first byte in the capture, with gaps
    std::uint64_t bytes = 0;
};

class NotHttpPlaces {
  public:
    static constexpr std::size_t kMostListed = 1000;

    // The last place of one direction of a connection.
    struct Last {
        static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
        std::uint64_t end = kNone;  // offset behind it
        std::size_t index = kMostListed;
    };

    // Adds bytes; those that follow on the last ones of their direction are one place with them.
    void add(Last& last, const NotHttpPlace& place);

    std::uint64_t count() const { return count_; }
    const std::vector<NotHttpPlace>& listed() const { return listed_; }  // the first ones

  private:
    std::uint64_t count_ = 0;
    std::vector<NotHttpPlace> listed_;
};

}  // namespace httpprof::replay
