// Puts messages into the order of the output, though they become complete in another order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "format/record.h"
#include "replay/message_store.h"
#include "replay/protocol/conversation.h"
#include "replay/recent_heads.h"

namespace httpprof::replay {

// A message of a connection.
struct PlacedMessage {
    Paired paired;
    std::uint64_t connection = 0;  // by order of appearance in the capture, from 1
    std::uint64_t position = 0;    // of the first byte of its start line, as of a record
    format::Endpoint source;       // the end that sent the bytes
    format::Endpoint destination;
};

// What waits for an older message that is still open can be the whole rest of the capture: when the
// store is full, the messages that wait go to its file as a sorted run, and the runs are merged as
// they are taken.
class Timeline {
  public:
    // `store` must outlive the timeline.
    explicit Timeline(MessageStore& store) : store_(store) {}

    void add(PlacedMessage&& message);

    // The first message in the order of the output, when its first byte is older than
    // `watermark_ns`: no message before it can appear any more; with kNever, whatever its time is
    // said to be. Where the store's file fails, which the store remembers, messages are missing.
    std::optional<PlacedMessage> take_before(std::uint64_t watermark_ns);

  private:
    // Time of the first byte, connection, order on the connection.
    using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;

    // Messages in the file, in order. The first of them waits in memory with the others.
    struct Run {
        std::deque<Extent> blocks;
        std::string block;  // the one that is being read
        std::size_t read = 0;
        RecentHeads heads;
    };
    struct Waiting {
        PlacedMessage message;
        std::size_t bytes = 0;
        Run* run = nullptr;  // that it is the first of
    };

    void insert(PlacedMessage&& message, Run* run);
    void spill();
    bool write_block(std::string& block, Run& run);
    void refill(Run& run);

    MessageStore& store_;
    std::multimap<Key, Waiting> waiting_;
    std::size_t bytes_ = 0;  // of those that are of no run
    std::deque<Run> runs_;
};

}  // namespace httpprof::replay
