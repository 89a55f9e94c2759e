// A packet capture made of a recording: for Wireshark, and everything else that reads pcapng.
//
// The packets are made of records: bytes, addresses, ports, sequence numbers and times are those of
// the capture, the sizes of packets are those of system calls, but that a message begins one. What
// the capture does not have is not there: handshakes, and bytes that are missing, which a packet
// had behind those that are there (lane.h), or over which the sequence numbers jump.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "replay/emit/emitter.h"
#include "replay/emit/output.h"
#include "replay/emit/pcapng/call.h"
#include "replay/emit/pcapng/lane.h"
#include "replay/emit/pcapng/packet_queue.h"

namespace httpprof::replay {

// Which ends of connections are shown. What both ends saw is twice in the file, which readers take
// for retransmissions.
enum class PcapngSides : std::uint8_t { one, client, server, both };

class PcapngEmitter final : public Emitter {
  public:
    // `output` must outlive the emitter.
    PcapngEmitter(Output& output, PcapngSides sides);

    bool wants_environments() const override { return false; }

    Result<void> capture(const format::Header& header) override;
    Result<void> transfer(const Transfer& transfer, const WallClock& clock) override;
    Result<void> flush() override;
    Result<void> finish() override;

  private:
    // A connection as one end of it saw it.
    struct End {
        format::Socket socket;
        Side side = Side::client;
        Lane sent;
        Lane received;
        std::string speaker;  // what the last comment said
    };

    // No record follows that is of the same call.
    Result<void> end_call();
    static Lane& lane(End& end, format::Direction direction);
    static const Lane& lane(const End& end, format::Direction direction);
    // The connection's end; null for one that is not shown.
    End* end_of(const Transfer& transfer, const Segment& segment);
    bool is_shown(const Transfer& transfer, Side side) const;
    Result<void> add(const Transfer& transfer, const Segment& segment, std::int64_t realtime_ns);
    Result<void> add(const Transfer& transfer, const Lane::Fin& fin);
    Result<void> expect(const Transfer& transfer);
    Result<void> close(const Transfer& transfer);
    Result<void> close_all();

    Result<void> write_fin_when_due(End& end, format::Direction direction);
    Result<void> write_late_fins(End& end);
    Result<void> write_fin(End& end, format::Direction direction);
    static Packet packet_of(const End& end, format::Direction direction, std::int64_t realtime_ns);
    Result<void> begin_section(const format::Header& header);

    Result<void> write(const Packet& packet);
    Result<void> write(std::string_view block);

    std::mutex mutex_;  // packets and flushes come on two threads
    Output& output_;
    const PcapngSides sides_;
    bool has_section_ = false;
    std::map<std::uint64_t, std::optional<End>> ends_;  // by connection; nothing: not shown
    std::optional<Call> call_;                          // that may go on
    PacketQueue queue_;
    std::string block_;  // kept for its memory
};

}  // namespace httpprof::replay
