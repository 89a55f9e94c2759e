// One direction of a connection, as packets: laid out so that readers which do not know what is
// missing find each message that can be found.
//
// Wireshark, whose ways these are, takes what it is given for a message, and where that is not
// complete waits for more bytes of the direction before it says anything: for as many as
// Content-Length tells, or for the next packet, with which it goes on. Where some never come, it
// does not list the message, or takes the next one for a part of it. It does not wait where a
// packet itself lacks bytes, since more would not help, nor for the LF of the line behind the last
// chunk. So
//   - a message begins a packet, and an empty line before one, or in one, is a packet,
//   - a packet of one does not end between CR and LF,
//   - the first packet of one that is not whole, or may seem so, lacks its last byte, and
//   - so does one before a message, of bytes that belong to none and have no line end.
// Where the missing bytes follow that packet, it reaches into them; else its last byte is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "replay/boundary.h"
#include "replay/emit/pcapng/packet_queue.h"

namespace httpprof::replay {

class Lane {
  public:
    struct Fin {
        std::uint64_t position = 0;
        std::int64_t realtime_ns = 0;
    };
    // Puts a packet behind those of before.
    using Add = std::function<Result<void>(std::shared_ptr<Packet>)>;

    std::uint64_t next = 0;          // position of the next byte; 0 when not known
    bool has_begun = false;          // with a segment
    std::uint64_t acknowledged = 0;  // position in the other direction; 0 when not known
    std::optional<Fin> fin;          // that has not been shown
    bool has_ended = false;          // with a FIN that was shown

    void expect(std::span<const Boundary> boundaries);
    // The bytes of one call from `packet.position` on, and `missing` more; `packet` has what its
    // packets have in common, and its comment is for the first of them.
    Result<void> lay_out(const Packet& packet, std::string_view bytes, std::uint64_t missing,
                         const Add& add);
    // No byte follows for which a packet would have to wait.
    void settle();

  private:
    void stop_waiting();
    void pass_boundaries(std::uint64_t until);
    void pass(const Boundary& boundary);
    void begin(std::uint64_t position);
    void break_message();
    std::uint64_t meet_gap(std::uint64_t position, std::uint64_t reach);
    std::size_t piece_size(std::uint64_t position, std::string_view bytes) const;
    void take(const std::shared_ptr<Packet>& packet);
    void take_loose(const std::shared_ptr<Packet>& packet);
    void join_line_end(Packet& packet);

    // That were not reached. Mostly none: a deque would take 600 bytes for that.
    std::list<Boundary> boundaries_;
    bool in_message_ = false;
    bool is_first_ = false;            // the next packet begins the message
    bool wants_line_end_ = false;      // a reader does, of bytes that belong to no message
    std::shared_ptr<Packet> waiting_;  // the message's first, or the last one before one
    std::shared_ptr<Packet> half_;     // the message's last until now, when it ends with a CR
};

}  // namespace httpprof::replay
