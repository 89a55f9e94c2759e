// The connections of a capture that are not closed, and what they wait for.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "format/record.h"
#include "replay/connection.h"
#include "replay/peers.h"

namespace httpprof::replay {

class Connections {
  public:
    // Both must outlive this.
    Connections(MessageSink& sink, Tally& tally, const ConversationOptions& options = {})
        : sink_(sink), tally_(tally), options_(options) {}

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
    // Endpoints, since one socket can be connected more than once.
    struct Key {
        format::SocketId socket;
        format::Endpoint local;
        format::Endpoint remote;
        auto operator<=>(const Key&) const = default;
    };
    struct Entry {
        std::unique_ptr<Connection> connection;
        std::uint64_t held_ns = kNever;  // as they stand in the indexes below
        std::uint64_t open_ns = kNever;
    };
    // Connections by a time and their id; those without one (kNever) are not in it.
    using ByTime = std::map<std::pair<std::uint64_t, std::uint64_t>, Entry*>;

    static Key key_of(const format::Socket& socket);
    static void move(ByTime& index, Entry& entry, std::uint64_t& known, std::uint64_t now);
    void update(Entry& entry);

    MessageSink& sink_;
    Tally& tally_;
    const ConversationOptions options_;
    Peers peers_;
    std::map<Key, Entry> entries_;
    ByTime held_;
    ByTime open_;
};

}  // namespace httpprof::replay
