// Puts messages into the order of the output, though they become complete in another order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "format/record.h"
#include "replay/protocol/conversation.h"

namespace httpprof::replay {

// A message of a connection.
struct PlacedMessage {
    Paired paired;
    std::uint64_t connection = 0;  // by order of appearance in the capture, from 1
    format::Endpoint source;       // the end that sent the bytes
    format::Endpoint destination;
};

class Timeline {
  public:
    void add(PlacedMessage&& message);

    // The first message in the order of the output, when its first byte is older than
    // `watermark_ns`: no message before it can appear any more.
    std::optional<PlacedMessage> take_before(std::uint64_t watermark_ns);

  private:
    // Time of the first byte, connection, order on the connection.
    using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;
    std::multimap<Key, PlacedMessage> waiting_;
};

}  // namespace httpprof::replay
