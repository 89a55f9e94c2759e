// The connections of a capture that are not closed, and what they wait for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <utility>

#include "format/record.h"
#include "replay/connection.h"
#include "replay/peers.h"

namespace httpprof::replay {

// Beyond the limit on what they take in memory, the one that was quiet for longest is given up:
// what follows on it is another connection. Between messages that loses nothing.
class Connections {
  public:
    static constexpr std::size_t kDefaultLimit = 128 * 1024 * 1024;

    // `sink` and `tally` must outlive this. `limit`: bytes of memory.
    Connections(MessageSink& sink, Tally& tally, const ConversationOptions& options = {},
                std::size_t limit = kDefaultLimit)
        : sink_(sink), tally_(tally), options_(options), limit_(limit) {}

    void add(const format::DataRecord& record);
    void add(const format::FinRecord& record);
    void add(const format::CloseRecord& record);

    // The capture has come to `newest_ns`: what a connection still waits for from long before will
    // not come.
    void advance(std::uint64_t newest_ns);

    // The capture ends.
    void cut();

    // Time of the first byte of the oldest message that is not complete, or kNever.
    std::uint64_t oldest_open_ns() const;

    const Peers& peers() const { return peers_; }

  private:
    struct Entry {
        std::unique_ptr<Connection> connection;
        std::uint64_t held_ns = kNever;  // as they stand in the indexes below
        std::uint64_t open_ns = kNever;
        std::size_t memory = 0;  // likewise, in the sum
        std::list<const format::Socket*>::iterator by_quiet = {};
    };
    using Entries = std::map<format::Socket, Entry>;
    // Connections by a time and their id; those without one (kNever) are not in it.
    using ByTime = std::map<std::pair<std::uint64_t, std::uint64_t>, Entry*>;

    static void move(ByTime& index, Entry& entry, std::uint64_t& known, std::uint64_t now);
    void update(Entry& entry);
    void remove(Entries::iterator entry);
    void bound_memory();

    MessageSink& sink_;
    Tally& tally_;
    const ConversationOptions options_;
    Peers peers_;
    const std::size_t limit_;
    Entries entries_;
    std::list<const format::Socket*> by_quiet_;  // the one that was quiet for longest first
    std::size_t memory_ = 0;
    ByTime held_;
    ByTime open_;
};

}  // namespace httpprof::replay
