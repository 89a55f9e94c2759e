// Packets on their way to the file, in its order. Some have to wait until it is known what follows
// them, and those after them wait with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "format/record.h"
#include "format/result.h"
#include "replay/emit/emitter.h"

namespace httpprof::replay {

struct Packet {
    Side side = Side::client;
    format::Direction direction = format::Direction::send;
    std::int64_t realtime_ns = 0;
    format::Endpoint source;
    format::Endpoint destination;
    std::uint64_t position = 0;
    std::optional<std::uint64_t> acknowledged = {};
    bool push = false;
    bool fin = false;
    std::string payload = {};
    std::size_t missing = 0;  // bytes behind those of the payload
    std::string comment = {};

    bool is_waiting = false;
    // What happens when it cannot wait any longer.
    bool then_cut = false;

    std::uint64_t end() const { return position + payload.size() + missing; }
    // Its bytes became those of another.
    bool is_empty() const { return end() == position && !fin; }
    // The file then says of the byte that it was on the wire, but not what it was.
    void leave_last_byte_out();
};

class PacketQueue {
  public:
    using Write = std::function<Result<void>(const Packet&)>;

    explicit PacketQueue(Write write) : write_(std::move(write)) {}

    // Who adds a packet that waits ends that.
    Result<void> add(std::shared_ptr<Packet> packet);
    // Writes what waits no longer.
    Result<void> write_settled();

  private:
    // What may be held, and for how long by the times of packets: a reader may watch.
    static constexpr std::size_t kMostBytes = 64 * 1024 * 1024;
    static constexpr std::int64_t kLongestNs = 10'000'000'000;

    static std::size_t cost(const Packet& packet);
    bool is_front_due() const;

    Write write_;
    std::deque<std::shared_ptr<Packet>> packets_;
    std::size_t bytes_ = 0;
    std::int64_t newest_ns_ = 0;
};

}  // namespace httpprof::replay
