#include "replay/connection.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "replay/protocol/protocols.h"
#include "replay/reorder.h"

namespace httpprof::replay {
namespace {

using format::Direction;
using format::MissingCause;

Direction opposite(Direction direction) {
    return direction == Direction::send ? Direction::recv : Direction::send;
}

Segment segment_of(const format::DataRecord& record) {
    Segment segment;
    segment.origin = {record.time_ns, record.task.pid, record.task.start_ns,
                      std::string(record.task.comm)};
    segment.position = record.position;
    segment.size = record.original_size;
    segment.missing = record.missing;
    segment.bytes = record.payload;
    return segment;
}

}  // namespace

Connection::Lane::Lane(Connection& connection, Direction direction, Tally& tally)
    : stream(*this, tally), connection_(connection), direction_(direction) {}

void Connection::Lane::on_bytes(std::string_view bytes, const Origin& origin) {
    if (auto* conversation = connection_.conversation(bytes)) {
        conversation->feed(direction_, bytes, origin);
    } else {
        connection_.unparsed_->bytes += bytes.size();
    }
}

void Connection::Lane::on_gap(std::uint64_t length, MissingCause cause, const Origin& origin) {
    if (auto* conversation = connection_.conversation({})) {
        conversation->skip(direction_, length, cause, origin);
    }
}

void Connection::Lane::on_end(bool orderly) {
    if (connection_.conversation_) connection_.conversation_->finish(direction_, orderly);
}

Connection::Connection(std::uint64_t id, const format::Socket& socket, MessageSink& sink,
                       Tally& tally)
    : id_(id),
      socket_(socket),
      sink_(sink),
      tally_(tally),
      send_(*this, Direction::send, tally),
      recv_(*this, Direction::recv, tally) {}

void Connection::add(const format::DataRecord& record) {
    const Segment segment = segment_of(record);
    if (segment.size > std::numeric_limits<std::uint64_t>::max() - segment.position) {
        tally_.duplicate_bytes += segment.size;
        return;
    }
    if (held_.empty() && !skips_ahead(record.direction, segment) &&
        is_ready(record.direction, segment)) {
        stream(record.direction).add(segment);
        return;
    }
    hold(record.direction, segment);
    deliver_what_can_be();
    while (held_.size() > kMaxHeldRecords || held_bytes_ > kMaxHeldBytes)
        stop_waiting();
}

void Connection::add(const format::FinRecord& record) {
    stream(record.direction).end_at(record.position);
}

void Connection::close(std::uint64_t time_ns) {
    while (!held_.empty())
        stop_waiting();
    Origin origin;
    origin.time_ns = time_ns;
    send_.stream.close(origin);
    recv_.stream.close(origin);
}

void Connection::cut() {
    while (!held_.empty())
        stop_waiting();
    send_.stream.cut();
    recv_.stream.cut();
}

void Connection::stop_waiting_before(std::uint64_t time_ns) {
    while (held_since_ns() < time_ns)
        stop_waiting();
}

std::uint64_t Connection::held_since_ns() const {
    return held_.empty() ? kNever : held_.front().segment.origin.time_ns;
}

std::uint64_t Connection::oldest_open_ns() const {
    return std::min(held_since_ns(), conversation_ ? conversation_->oldest_open_ns() : kNever);
}

Stream& Connection::stream(Direction direction) {
    return direction == Direction::send ? send_.stream : recv_.stream;
}

Conversation* Connection::conversation(std::string_view first_bytes) {
    if (!started_) {
        started_ = true;
        const Protocol& protocol = protocol_of(first_bytes);
        if (protocol.start != nullptr) {
            conversation_ = protocol.start(*this);
        } else {
            unparsed_ = &tally_.unparsed[std::string(protocol.name)];
            ++unparsed_->connections;
        }
    }
    return conversation_.get();
}

bool Connection::skips_ahead(Direction direction, const Segment& segment) {
    return stream(direction).is_ahead(segment.position);
}

bool Connection::is_ready(Direction direction, const Segment& segment) const {
    return !conversation_ || conversation_->is_ready_for(direction, segment.bytes);
}

void Connection::hold(Direction direction, const Segment& segment) {
    held_.push_back({direction, std::string(segment.bytes), segment});
    held_.back().segment.bytes = held_.back().bytes;
    held_bytes_ += segment.bytes.size();
}

// The first record that waits, or one that it waits for.
Connection::HeldList::iterator Connection::next_deliverable() {
    if (held_.empty()) return held_.end();
    const Held& first = held_.front();
    const bool in_hole = skips_ahead(first.direction, first.segment);
    if (!in_hole && is_ready(first.direction, first.segment)) return held_.begin();
    const Direction wanted = in_hole ? first.direction : opposite(first.direction);
    return std::find_if(held_.begin(), held_.end(), [&](const Held& held) {
        return held.direction == wanted && !skips_ahead(held.direction, held.segment);
    });
}

void Connection::deliver(HeldList::iterator held) {
    HeldList out;
    out.splice(out.begin(), held_, held);
    held_bytes_ -= out.front().bytes.size();
    stream(out.front().direction).add(out.front().segment);
}

void Connection::deliver_what_can_be() {
    for (auto held = next_deliverable(); held != held_.end(); held = next_deliverable()) {
        deliver(held);
    }
}

// Takes the hole before the first record as lost; or lets it through if it waits for the other
// direction.
void Connection::stop_waiting() {
    const Direction direction = held_.front().direction;
    if (skips_ahead(direction, held_.front().segment)) {
        auto nearest = held_.begin();
        for (auto held = held_.begin(); held != held_.end(); ++held) {
            if (held->direction == direction &&
                held->segment.position < nearest->segment.position) {
                nearest = held;
            }
        }
        stream(direction).lose_until(nearest->segment.position, nearest->segment.origin);
        deliver(nearest);
    } else {
        deliver(held_.begin());
    }
    deliver_what_can_be();
}

void Connection::on_message(Paired&& paired) {
    const bool sent = paired.direction == Direction::send;
    sink_.on_message({std::move(paired), id_, sent ? socket_.local : socket_.remote,
                      sent ? socket_.remote : socket_.local});
}

void Connection::on_skipped(std::uint64_t bytes) {
    tally_.not_http_bytes += bytes;
}

void Connection::on_opaque(std::uint64_t bytes) {
    tally_.opaque_bytes += bytes;
}

}  // namespace httpprof::replay
