#include "replay/emit/pcapng/pcapng.h"

#include <algorithm>
#include <utility>

#include "replay/emit/pcapng/blocks.h"
#include "replay/emit/pcapng/tcp_header.h"
#include "replay/emit/text.h"
#include "replay/protocol/protocols.h"

namespace httpprof::replay {
namespace {

using format::Direction;

// Who is answered is the client; where nobody is known to, the end that spoke first.
Side side_of(Direction direction, std::string_view first_bytes) {
    const bool is_answer = protocol_of(first_bytes).is_answer(first_bytes);
    return (direction == Direction::send) != is_answer ? Side::client : Side::server;
}

Direction opposite(Direction direction) {
    return direction == Direction::send ? Direction::recv : Direction::send;
}

std::string speaker_of(const Origin& origin) {
    return "pid " + std::to_string(origin.pid) + ", " + printable(as_utf8(origin.comm));
}

}  // namespace

struct PcapngEmitter::Packet {
    Direction direction = Direction::send;
    std::int64_t realtime_ns = 0;
    std::uint64_t position = 0;
    bool push = false;
    bool fin = false;
    std::string comment = {};
};

Result<void> PcapngEmitter::capture(const format::Header& header) {
    if (auto closed = close_all(); !closed) return closed;
    return begin_section(header);
}

Result<void> PcapngEmitter::transfer(const Transfer& transfer, const WallClock& clock) {
    if (const auto* segment = std::get_if<Segment>(&transfer.what)) {
        return add(transfer, *segment, clock.realtime_ns(segment->origin.time_ns));
    }
    if (const auto* fin = std::get_if<Transfer::Fin>(&transfer.what)) {
        return add(transfer, {fin->position, clock.realtime_ns(fin->time_ns)});
    }
    return close(transfer);
}

Result<void> PcapngEmitter::flush() {
    const std::lock_guard lock(mutex_);
    return output_.flush();
}

Result<void> PcapngEmitter::finish() {
    if (auto closed = close_all(); !closed) return closed;
    if (!has_section_) {
        if (auto begun = begin_section({}); !begun) return begun;
    }
    return output_.finish();
}

PcapngEmitter::Lane& PcapngEmitter::lane(End& end, Direction direction) {
    return direction == Direction::send ? end.sent : end.received;
}

const PcapngEmitter::Lane& PcapngEmitter::lane(const End& end, Direction direction) {
    return direction == Direction::send ? end.sent : end.received;
}

PcapngEmitter::End* PcapngEmitter::end_of(const Transfer& transfer, const Segment& segment) {
    const auto [entry, is_new] = ends_.try_emplace(transfer.connection);
    if (is_new) {
        const Side side = side_of(transfer.direction, segment.bytes);
        if (is_shown(transfer, side)) {
            entry->second.emplace(End{transfer.socket, side, {}, {}, {}});
        }
    }
    return entry->second ? &*entry->second : nullptr;
}

bool PcapngEmitter::is_shown(const Transfer& transfer, Side side) const {
    switch (sides_) {
        case PcapngSides::client:
            return side == Side::client;
        case PcapngSides::server:
            return side == Side::server;
        case PcapngSides::one:
            return transfer.connection < transfer.other_end.value_or(kNever);
        case PcapngSides::both:
            break;
    }
    return true;
}

Result<void> PcapngEmitter::add(const Transfer& transfer, const Segment& segment,
                                std::int64_t realtime_ns) {
    End* const end = end_of(transfer, segment);
    if (end == nullptr) return {};
    Lane& here = lane(*end, transfer.direction);
    Lane& there = lane(*end, opposite(transfer.direction));
    if (there.next == 0) there.next = segment.other_position;
    here.acknowledged = std::max(here.acknowledged, segment.other_position);
    if (!std::exchange(here.has_begun, true)) here.next = segment.position;

    const std::uint64_t shown = here.next - std::min(here.next, segment.position);
    Packet packet{.direction = transfer.direction,
                  .realtime_ns = realtime_ns,
                  .position = segment.position + shown};
    if (std::string speaker = speaker_of(segment.origin); speaker != end->speaker) {
        end->speaker = packet.comment = std::move(speaker);
    }
    const auto bytes = segment.bytes.substr(std::min<std::uint64_t>(shown, segment.bytes.size()));
    if (auto written = write_bytes(*end, std::move(packet), bytes); !written) return written;

    here.next = std::max(here.next, segment.position + segment.size);
    // Bytes that were seen prove a FIN before them wrong.
    if (shown < segment.size) here.has_ended = false;
    return write_fin_when_due(*end, transfer.direction);
}

Result<void> PcapngEmitter::add(const Transfer& transfer, const Fin& fin) {
    const auto found = ends_.find(transfer.connection);
    if (found == ends_.end() || !found->second) return {};
    Lane& ending = lane(*found->second, transfer.direction);
    // A capture may say it again.
    if (!ending.has_ended) ending.fin = fin;
    return write_fin_when_due(*found->second, transfer.direction);
}

Result<void> PcapngEmitter::close(const Transfer& transfer) {
    const auto found = ends_.find(transfer.connection);
    if (found == ends_.end()) return {};
    std::optional<End> end = std::exchange(found->second, std::nullopt);
    ends_.erase(found);
    if (!end) return {};
    return write_late_fins(*end);
}

// A capture can end before the bytes that come before a FIN.
Result<void> PcapngEmitter::close_all() {
    for (auto& [connection, end] : ends_) {
        if (!end) continue;
        if (auto written = write_late_fins(*end); !written) return written;
    }
    ends_.clear();
    return {};
}

Result<void> PcapngEmitter::write_bytes(const End& end, Packet packet, std::string_view bytes) {
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, kMaxSegmentSize);
        bytes.remove_prefix(piece.size());
        packet.push = bytes.empty();
        if (auto written = write(end, packet, piece); !written) return written;
        packet.position += piece.size();
        packet.comment.clear();
    }
    return {};
}

// Behind the bytes of its direction, though a process reads those later than the kernel saw it.
Result<void> PcapngEmitter::write_fin_when_due(End& end, Direction direction) {
    const Lane& ending = lane(end, direction);
    const bool is_due = ending.fin && ending.next != 0 && ending.next >= ending.fin->position;
    return is_due ? write_fin(end, direction) : Result<void>();
}

Result<void> PcapngEmitter::write_late_fins(End& end) {
    for (const Direction direction : {Direction::send, Direction::recv}) {
        if (!lane(end, direction).fin) continue;
        if (auto written = write_fin(end, direction); !written) return written;
    }
    return {};
}

Result<void> PcapngEmitter::write_fin(End& end, Direction direction) {
    Lane& ending = lane(end, direction);
    const Lane& other = lane(end, opposite(direction));
    const Fin fin = *std::exchange(ending.fin, std::nullopt);
    ending.has_ended = true;
    // The kernel has what was shown, the FIN with it, which takes a number itself (RFC 9293, 3.4).
    if (other.has_begun) {
        ending.acknowledged = std::max(ending.acknowledged, other.next + (other.has_ended ? 1 : 0));
    }
    return write(end,
                 {.direction = direction,
                  .realtime_ns = fin.realtime_ns,
                  .position = fin.position,
                  .fin = true},
                 {});
}

Result<void> PcapngEmitter::write(const End& end, const Packet& packet, std::string_view bytes) {
    const bool is_sent = packet.direction == Direction::send;
    TcpSegment segment{.source = is_sent ? end.socket.local : end.socket.remote,
                       .destination = is_sent ? end.socket.remote : end.socket.local,
                       .sequence = static_cast<std::uint32_t>(packet.position),
                       .push = packet.push,
                       .fin = packet.fin,
                       .payload = bytes};
    if (const std::uint64_t position = lane(end, packet.direction).acknowledged; position != 0) {
        segment.acknowledgment = static_cast<std::uint32_t>(position);
    }
    const std::string headers = tcp_headers(segment);
    block_.clear();
    append_pcapng_packet(block_, {.interface = static_cast<std::uint32_t>(end.side),
                                  .realtime_ns = packet.realtime_ns,
                                  .headers = headers,
                                  .payload = bytes,
                                  .comment = packet.comment});
    return write(block_);
}

Result<void> PcapngEmitter::write(std::string_view block) {
    const std::lock_guard lock(mutex_);
    return output_.write(block);
}

Result<void> PcapngEmitter::begin_section(const format::Header& header) {
    has_section_ = true;
    block_.clear();
    append_pcapng_section(
        block_, {.hardware = as_utf8(header.machine),
                 .system = as_utf8(header.kernel),
                 .application = as_utf8(header.writer),
                 .comment = header.host.empty() ? std::string() : "host " + as_utf8(header.host)});
    // In the order of Side.
    append_pcapng_interface(block_, {"client", "Connections as their clients saw them"});
    append_pcapng_interface(block_, {"server", "Connections as their servers saw them"});
    return write(block_);
}

}  // namespace httpprof::replay
