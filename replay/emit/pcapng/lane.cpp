#include "replay/emit/pcapng/lane.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "replay/emit/pcapng/tcp_header.h"

namespace httpprof::replay {
namespace {

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();

constexpr std::string_view kLineEnd = "\r\n";

// Wireshark calls a packet malformed that begins like this.
bool begins_with_line_end(std::string_view bytes) {
    return bytes.size() > 3 && bytes.starts_with(kLineEnd);
}

// Wireshark believes that text is HTTP, but not anything else.
bool begins_with_text(std::string_view bytes) {
    return bytes.front() >= ' ' && bytes.front() <= '~';
}

}  // namespace

void Lane::expect(std::span<const Boundary> boundaries) {
    boundaries_.insert(boundaries_.end(), boundaries.begin(), boundaries.end());
}

Result<void> Lane::lay_out(const Packet& packet, std::string_view bytes, std::uint64_t missing,
                           const Add& add) {
    if (packet.position > next) meet_gap(next, 1);
    Packet rest = packet;
    const std::uint64_t end = packet.position + bytes.size();
    while (!bytes.empty()) {
        pass_boundaries(rest.position);
        auto piece = std::make_shared<Packet>(rest);
        piece->payload = bytes.substr(0, piece_size(rest.position, bytes));
        bytes.remove_prefix(piece->payload.size());
        piece->push = bytes.empty();
        rest.position += piece->payload.size();
        rest.comment.clear();
        join_line_end(*piece);
        take(piece);
        if (auto added = add(std::move(piece)); !added) return added;
    }
    if (missing == 0) {
        pass_boundaries(end);
        return {};
    }
    const std::uint64_t reached = meet_gap(end, end == packet.position ? 1 : missing);
    rest.position += reached;
    rest.missing = std::min<std::uint64_t>(missing - reached, kMaxSegmentSize);
    rest.push = true;
    return rest.missing > 0 ? add(std::make_shared<Packet>(rest)) : Result<void>();
}

void Lane::settle() {
    pass_boundaries(kEverything);
    stop_waiting();
}

void Lane::stop_waiting() {
    for (auto* const packet : {&waiting_, &half_})
        if (*packet) std::exchange(*packet, nullptr)->is_waiting = false;
}

void Lane::pass_boundaries(std::uint64_t until) {
    while (!boundaries_.empty() && boundaries_.front().position <= until) {
        pass(boundaries_.front());
        boundaries_.pop_front();
    }
}

void Lane::pass(const Boundary& boundary) {
    if (boundary.kind == Boundary::Kind::begin) return begin(boundary.position);
    const bool was_open = std::exchange(in_message_, false);
    if (!was_open) return;
    if (boundary.kind == Boundary::Kind::broken) return break_message();
    const auto first = waiting_;
    stop_waiting();
    if (boundary.kind == Boundary::Kind::none && first) take_loose(first);
}

void Lane::begin(std::uint64_t position) {
    in_message_ = true;
    is_first_ = position >= next;
    wants_line_end_ = false;
    if (!waiting_ || !waiting_->is_waiting) return;
    // What was seen of the start line did not tell that it is one.
    if (waiting_->position == position) {
        waiting_->then_cut = false;
        return;
    }
    if (waiting_->end() == position && waiting_->then_cut) waiting_->leave_last_byte_out();
    stop_waiting();
}

void Lane::break_message() {
    if (waiting_ && waiting_->is_waiting) waiting_->leave_last_byte_out();
    stop_waiting();
}

// At most `reach` of the missing bytes become those of the packet before them; returns how many.
std::uint64_t Lane::meet_gap(std::uint64_t position, std::uint64_t reach) {
    // A message that the gap breaks is broken here.
    while (!boundaries_.empty() && boundaries_.front().position <= position &&
           boundaries_.front().kind != Boundary::Kind::broken) {
        pass(boundaries_.front());
        boundaries_.pop_front();
    }
    std::uint64_t reached = 0;
    wants_line_end_ = false;
    if (std::exchange(in_message_, false) && waiting_ && waiting_->is_waiting) {
        if (waiting_->end() == position) {
            reached = std::min<std::uint64_t>(reach, kMaxSegmentSize - waiting_->payload.size());
            waiting_->missing = reached;
        }
        waiting_->leave_last_byte_out();
    }
    stop_waiting();
    return reached;
}

std::size_t Lane::piece_size(std::uint64_t position, std::string_view bytes) const {
    if (!is_first_ && begins_with_line_end(bytes)) return kLineEnd.size();
    if (half_ && bytes.front() == '\n') return 1;
    const std::size_t size = std::min(bytes.size(), kMaxSegmentSize);
    if (boundaries_.empty()) return size;
    return std::min<std::uint64_t>(size, boundaries_.front().position - position);
}

void Lane::take(const std::shared_ptr<Packet>& packet) {
    if (!in_message_) return take_loose(packet);
    const bool is_half = packet->payload.back() == '\r';
    packet->is_waiting = is_first_ || is_half;
    if (std::exchange(is_first_, false)) waiting_ = packet;
    if (is_half) half_ = packet;
}

// The CR moves on, since it is only with the LF that the line has ended.
void Lane::join_line_end(Packet& packet) {
    const auto before = std::exchange(half_, nullptr);
    if (!before) return;
    if (before->is_waiting && packet.payload == "\n") {
        before->payload.pop_back();
        packet.payload = kLineEnd;
        --packet.position;
        if (before->is_empty() && packet.comment.empty()) packet.comment = before->comment;
    }
    if (before != waiting_) before->is_waiting = false;
}

// Where a message follows, it must not be taken for the rest of these bytes.
void Lane::take_loose(const std::shared_ptr<Packet>& packet) {
    stop_waiting();
    const std::size_t line_end = packet->payload.find('\n');
    const bool has_line_end = line_end != std::string::npos;
    wants_line_end_ = !has_line_end && (wants_line_end_ || begins_with_text(packet->payload));
    // What is one line may be a start line, which only the next one tells.
    const bool is_one_line = has_line_end && line_end + 1 == packet->payload.size();
    if (!wants_line_end_ && !is_one_line) return;
    packet->is_waiting = true;
    packet->then_cut = wants_line_end_;
    waiting_ = packet;
}

}  // namespace httpprof::replay
