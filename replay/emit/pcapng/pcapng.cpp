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

// The bytes of the first message that begins in the segment.
std::optional<std::string_view> first_message(const Transfer& transfer, const Segment& segment) {
    for (std::size_t i = 0; i < transfer.boundaries.size(); ++i) {
        const auto& [kind, position] = transfer.boundaries[i];
        const std::uint64_t offset = position - segment.position;
        if (kind != Boundary::Kind::begin || offset >= segment.bytes.size()) continue;
        const std::string_view bytes = segment.bytes.substr(offset);
        // Without all of its start line it may turn out to be none.
        const bool is_sure = i + 1 < transfer.boundaries.size()
                                 ? transfer.boundaries[i + 1].kind != Boundary::Kind::none
                                 : bytes.find('\n') != bytes.npos;
        if (is_sure) return bytes;
    }
    if (protocol_of(segment.bytes).start == nullptr) return segment.bytes;
    return std::nullopt;
}

// Who is answered is the client, and who speaks first. A connection that was joined in the middle
// of a message tells neither; servers have the lower ports.
Side transfer_side(const Transfer& transfer, const Segment& segment) {
    const auto [local, remote] = std::pair(transfer.socket.local.port, transfer.socket.remote.port);
    const auto message = first_message(transfer, segment);
    if (!message && local != remote) return local > remote ? Side::client : Side::server;
    const bool is_answer = message && protocol_of(*message).is_answer(*message);
    return (transfer.direction == Direction::send) != is_answer ? Side::client : Side::server;
}

std::string speaker_of(const Origin& origin) {
    return "pid " + std::to_string(origin.pid) + ", " + without_controls(as_utf8(origin.comm));
}

}  // namespace

PcapngEmitter::PcapngEmitter(Output& output, PcapngSides sides)
    : output_(output),
      sides_(sides),
      queue_([this](const Packet& packet) { return write(packet); }) {}

Result<void> PcapngEmitter::capture(const format::Header& header) {
    if (auto closed = close_all(); !closed) return closed;
    return begin_section(header);
}

Result<void> PcapngEmitter::transfer(const Transfer& transfer, const WallClock& clock) {
    if (call_ && call_->take(transfer)) return {};
    if (auto added = end_call(); !added) return added;
    if (const auto* segment = std::get_if<Segment>(&transfer.what)) {
        call_.emplace(transfer, *segment, clock.realtime_ns(segment->origin.time_ns));
        return {};
    }
    if (const auto* fin = std::get_if<Transfer::Fin>(&transfer.what)) {
        return add(transfer, {fin->position, clock.realtime_ns(fin->time_ns)});
    }
    if (std::holds_alternative<Transfer::Close>(transfer.what)) return close(transfer);
    return expect(transfer);
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

Result<void> PcapngEmitter::end_call() {
    const auto call = std::exchange(call_, std::nullopt);
    if (!call) return {};
    const Transfer transfer = call->transfer();
    return add(transfer, std::get<Segment>(transfer.what), call->realtime_ns());
}

Lane& PcapngEmitter::lane(End& end, Direction direction) {
    return direction == Direction::send ? end.sent : end.received;
}

const Lane& PcapngEmitter::lane(const End& end, Direction direction) {
    return direction == Direction::send ? end.sent : end.received;
}

PcapngEmitter::End* PcapngEmitter::end_of(const Transfer& transfer, const Segment& segment) {
    const auto [entry, is_new] = ends_.try_emplace(transfer.connection);
    if (is_new) {
        const Side side = transfer_side(transfer, segment);
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

    here.expect(transfer.boundaries);

    const std::uint64_t shown = here.next - std::min(here.next, segment.position);
    Packet packet = packet_of(*end, transfer.direction, realtime_ns);
    packet.position = segment.position + shown;
    if (std::string speaker = speaker_of(segment.origin); speaker != end->speaker) {
        end->speaker = packet.comment = std::move(speaker);
    }
    const auto bytes = segment.bytes.substr(std::min<std::uint64_t>(shown, segment.bytes.size()));
    const std::uint64_t missing = segment.size - std::min(segment.size, shown + bytes.size());
    auto laid_out =
        here.lay_out(packet, bytes, missing, [this](auto&& next) { return queue_.add(next); });
    if (!laid_out) return laid_out;

    here.next = std::max(here.next, segment.position + segment.size);
    // Bytes that were seen prove a FIN before them wrong.
    if (shown < segment.size) here.has_ended = false;
    if (auto written = queue_.write_settled(); !written) return written;
    return write_fin_when_due(*end, transfer.direction);
}

Result<void> PcapngEmitter::expect(const Transfer& transfer) {
    const auto found = ends_.find(transfer.connection);
    if (found == ends_.end() || !found->second) return {};
    lane(*found->second, transfer.direction).expect(transfer.boundaries);
    return {};
}

Result<void> PcapngEmitter::add(const Transfer& transfer, const Lane::Fin& fin) {
    if (auto expected = expect(transfer); !expected) return expected;
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
    if (auto added = end_call(); !added) return added;
    for (auto& [connection, end] : ends_) {
        if (!end) continue;
        if (auto written = write_late_fins(*end); !written) return written;
    }
    ends_.clear();
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
        lane(end, direction).settle();
        if (!lane(end, direction).fin) continue;
        if (auto written = write_fin(end, direction); !written) return written;
    }
    return queue_.write_settled();
}

Result<void> PcapngEmitter::write_fin(End& end, Direction direction) {
    Lane& ending = lane(end, direction);
    const Lane& other = lane(end, opposite(direction));
    const Lane::Fin fin = *std::exchange(ending.fin, std::nullopt);
    ending.has_ended = true;
    ending.settle();
    // The kernel has what was shown, the FIN with it, which takes a number itself (RFC 9293, 3.4).
    if (other.has_begun) {
        ending.acknowledged = std::max(ending.acknowledged, other.next + (other.has_ended ? 1 : 0));
    }
    Packet packet = packet_of(end, direction, fin.realtime_ns);
    packet.position = fin.position;
    packet.fin = true;
    return queue_.add(std::make_shared<Packet>(std::move(packet)));
}

Packet PcapngEmitter::packet_of(const End& end, Direction direction, std::int64_t realtime_ns) {
    const bool is_sent = direction == Direction::send;
    Packet packet{.side = end.side,
                  .direction = direction,
                  .realtime_ns = realtime_ns,
                  .source = is_sent ? end.socket.local : end.socket.remote,
                  .destination = is_sent ? end.socket.remote : end.socket.local};
    const std::uint64_t acknowledged = lane(end, direction).acknowledged;
    if (acknowledged != 0) packet.acknowledged = acknowledged;
    return packet;
}

Result<void> PcapngEmitter::write(const Packet& packet) {
    TcpSegment segment{.direction = packet.direction,
                       .source = packet.source,
                       .destination = packet.destination,
                       .sequence = static_cast<std::uint32_t>(packet.position),
                       .push = packet.push,
                       .fin = packet.fin,
                       .payload = packet.payload,
                       .missing = packet.missing};
    if (packet.acknowledged) {
        segment.acknowledgment = static_cast<std::uint32_t>(*packet.acknowledged);
    }
    const std::string headers = tcp_headers(segment);
    block_.clear();
    append_pcapng_packet(block_, {.interface = static_cast<std::uint32_t>(packet.side),
                                  .realtime_ns = packet.realtime_ns,
                                  .headers = headers,
                                  .payload = packet.payload,
                                  .missing = packet.missing,
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
