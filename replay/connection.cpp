#include "replay/connection.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "replay/protocol/protocols.h"
#include "replay/protocol/proxy_header.h"
#include "replay/reorder.h"

namespace httpprof::replay {
namespace {

using format::Direction;
using format::MissingCause;

Segment segment_of(const format::DataRecord& record) {
    Segment segment;
    segment.origin = {record.time_ns, record.task.pid, record.task.start_ns,
                      std::string(record.task.comm)};
    segment.position = record.position;
    segment.other_position = record.other_position;
    segment.size = record.original_size;
    segment.missing = record.missing;
    segment.bytes = record.payload;
    return segment;
}

}  // namespace

Connection::Lane::Lane(Connection& connection, Direction direction, Tally& tally)
    : stream(*this, tally), connection_(connection), direction_(direction) {}

void Connection::Lane::on_bytes(std::string_view bytes, const Origin& origin) {
    if (is_at_beginning_) {
        beginning_.append(bytes, origin);
        if (const auto size = proxy_header_size(beginning_.view())) end_beginning(*size);
        return;
    }
    const std::uint64_t header = step_over(bytes.size());
    connection_.tally_.proxy_header_bytes += header;
    bytes.remove_prefix(static_cast<std::size_t>(header));
    if (bytes.empty()) return;
    if (!connection_.started_) {
        beginning_.append(bytes, origin);
        if (!is_undecided(beginning_.view())) hand_on();
        return;
    }
    if (auto* const conversation = connection_.conversation_.get()) {
        taken += bytes.size();
        conversation->feed(direction_, bytes, origin);
    } else {
        connection_.unparsed_->bytes += bytes.size();
    }
}

void Connection::Lane::end_beginning(std::uint64_t header_size) {
    if (!is_at_beginning_) return;
    is_at_beginning_ = false;
    header_left_ = header_size;
    const std::uint64_t header = step_over(beginning_.size());
    connection_.tally_.proxy_header_bytes += header;
    beginning_.drop_front(static_cast<std::size_t>(header));
    if (connection_.started_ || !is_undecided(beginning_.view())) hand_on();
}

// Takes what is left of a header off the next `length` bytes; how many of them it is.
std::uint64_t Connection::Lane::step_over(std::uint64_t length) {
    const std::uint64_t count = std::min(header_left_, length);
    header_left_ -= count;
    stepped_over += count;
    return count;
}

void Connection::Lane::hand_on() {
    if (is_at_beginning_ || beginning_.empty()) return;
    const OriginBuffer bytes = std::exchange(beginning_, {});
    auto* const conversation = connection_.conversation(*this, bytes.view());
    if (conversation == nullptr) {
        connection_.unparsed_->bytes += bytes.size();
        return;
    }
    // All at once, since the stream has moved on behind all of them.
    taken += bytes.size();
    bytes.for_each_run([&](std::string_view run, const Origin& origin) {
        conversation->feed(direction_, run, origin);
    });
}

std::uint64_t Connection::Lane::position_of(std::uint64_t count) const {
    return stream.position() - (taken - count);
}

std::uint64_t Connection::Lane::held_since_ns() const {
    return beginning_.empty() ? kNever : beginning_.first_origin().time_ns;
}

std::size_t Connection::Lane::memory() const {
    return beginning_.memory() + boundaries.capacity() * sizeof(Boundary);
}

void Connection::Lane::on_gap(std::uint64_t length, MissingCause cause, const Origin& origin) {
    length -= step_over(length);
    // At once, since the stream has moved on behind the gap.
    taken += length;
    end_beginning(0);
    hand_on();
    if (length == 0) return;
    if (auto* conversation = connection_.conversation(*this, {})) {
        conversation->skip(direction_, length, cause, origin);
    }
}

void Connection::Lane::on_end(StreamEnd end) {
    end_beginning(0);
    hand_on();
    if (connection_.conversation_) connection_.conversation_->finish(direction_, end);
}

Connection::Connection(std::uint64_t id, const format::Socket& socket, MessageSink& sink,
                       Tally& tally, const ConversationOptions& options)
    : id_(id),
      socket_(socket),
      sink_(sink),
      tally_(tally),
      options_(options),
      send_(*this, Direction::send, tally),
      recv_(*this, Direction::recv, tally) {}

void Connection::add(const format::DataRecord& record) {
    const Segment segment = segment_of(record);
    if (segment.size > std::numeric_limits<std::uint64_t>::max() - segment.position) {
        tally_.duplicate_bytes += segment.size;
        return;
    }
    if (held_.empty() && !awaited(record.direction, segment)) {
        deliver(record.direction, segment);
        return;
    }
    hold(record.direction, segment);
    release_what_can_be();
    while (held_.size() > kMaxHeldRecords || held_bytes_ > kMaxHeldBytes)
        stop_waiting();
}

void Connection::add(const format::FinRecord& record) {
    lane(record.direction).stream.end_at(record.position);
    tell(record.direction, Transfer::Fin{.time_ns = record.time_ns, .position = record.position});
}

void Connection::add(const format::CloseRecord& record) {
    while (!held_.empty())
        stop_waiting();
    Origin origin;
    origin.time_ns = record.time_ns;
    send_.stream.close({record.written_position, record.written_position}, origin);
    recv_.stream.close({record.read_position, record.received_position}, origin);
    tell_boundaries();
    tell(Direction::send, Transfer::Close{});
}

void Connection::cut() {
    while (!held_.empty())
        stop_waiting();
    send_.stream.cut();
    recv_.stream.cut();
    tell_boundaries();
}

void Connection::give_up() {
    cut();
    tell(Direction::send, Transfer::Close{});
}

void Connection::stop_waiting_before(std::uint64_t time_ns) {
    while (held_since_ns() < time_ns)
        stop_waiting();
}

std::uint64_t Connection::held_since_ns() const {
    return held_.empty() ? kNever : held_.front().segment.origin.time_ns;
}

std::uint64_t Connection::oldest_open_ns() const {
    return std::min({held_since_ns(), send_.held_since_ns(), recv_.held_since_ns(),
                     conversation_ ? conversation_->oldest_open_ns() : kNever});
}

std::size_t Connection::memory() const {
    return sizeof *this + send_.memory() + recv_.memory() + held_bytes_ +
           held_.size() * sizeof(Held) + (conversation_ ? conversation_->memory() : 0);
}

Connection::Lane& Connection::lane(Direction direction) {
    return direction == Direction::send ? send_ : recv_;
}

const Connection::Lane& Connection::lane(Direction direction) const {
    return direction == Direction::send ? send_ : recv_;
}

Conversation* Connection::conversation(const Lane& speaker, std::string_view first_bytes) {
    if (!started_) {
        started_ = true;
        const Protocol& protocol = protocol_of(first_bytes);
        if (protocol.start != nullptr) {
            conversation_ = protocol.start(*this, options_);
        } else {
            unparsed_ = &tally_.unparsed[std::string(protocol.name)];
            ++unparsed_->connections;
        }
        // What the other end said before this did not tell.
        (&speaker == &send_ ? recv_ : send_).hand_on();
    }
    return conversation_.get();
}

bool Connection::has_begun() const {
    return started_ || std::min(send_.held_since_ns(), recv_.held_since_ns()) != kNever;
}

std::optional<Direction> Connection::awaited(Direction direction, const Segment& segment) const {
    if (lane(direction).stream.is_ahead(segment.position)) return direction;
    const Lane& other = lane(opposite(direction));
    const bool is_other_behind =
        segment.other_position > other.given_up && other.stream.is_ahead(segment.other_position);
    if (is_other_behind || is_answer_overtaking(direction, segment)) return opposite(direction);
    return std::nullopt;
}

// The connection seems to begin with an answer: what it answers was perhaps only overtaken. It was
// not, when the other direction goes on after it.
bool Connection::is_answer_overtaking(Direction direction, const Segment& segment) const {
    return !has_begun() && protocol_of(segment.bytes).is_answer(segment.bytes) &&
           std::ranges::none_of(held_, [&](const Held& held) {
               return held.direction != direction &&
                      held.segment.position >= segment.other_position;
           });
}

void Connection::deliver(Direction direction, const Segment& segment) {
    if (segment.other_position > 0) {
        lane(opposite(direction)).stream.start_at(segment.other_position);
    }
    lane(direction).stream.add(segment);
    tell(direction, segment);
}

template <typename What>
void Connection::tell(Direction direction, const What& what) {
    auto& boundaries = lane(direction).boundaries;
    sink_.on_transfer({.connection = id_,
                       .socket = socket_,
                       .direction = direction,
                       .what = what,
                       .boundaries = boundaries});
    boundaries.clear();
}

void Connection::tell_boundaries() {
    for (const Direction direction : {Direction::send, Direction::recv}) {
        if (!lane(direction).boundaries.empty()) tell(direction, Transfer::Nothing{});
    }
}

void Connection::hold(Direction direction, const Segment& segment) {
    held_.push_back({direction, std::string(segment.bytes), segment});
    held_.back().segment.bytes = held_.back().bytes;
    held_bytes_ += segment.bytes.size();
}

// The first record that waits, or one that it waits for, and so on.
Connection::HeldList::iterator Connection::next_deliverable() {
    auto record = held_.begin();
    // No more steps than records: where each waits for the other, one goes first.
    for (std::size_t steps = held_.size(); steps > 0; --steps) {
        const auto wanted = awaited(record->direction, record->segment);
        if (!wanted) break;
        const auto before = awaited_before(record, *wanted);
        if (before == held_.end()) return before;
        record = before;
    }
    return record;
}

// A record of the `wanted` direction that can go on where that stands, and comes before `held`.
Connection::HeldList::iterator Connection::awaited_before(HeldList::iterator held,
                                                          Direction wanted) {
    const bool is_other = wanted != held->direction;
    const std::uint64_t before = is_other ? held->segment.other_position : held->segment.position;
    const auto found = std::ranges::find_if(held_, [&](const Held& each) {
        return each.direction == wanted && each.segment.position < before &&
               !lane(wanted).stream.is_ahead(each.segment.position);
    });
    if (found == held_.end() || !is_other) return found;
    cut_off_behind(found, before);
    // Its call may have ended behind the one that waits, but its bytes came before.
    auto& waited_for = found->segment.other_position;
    waited_for = std::min(waited_for, held->segment.position);
    return found;
}

// The call of the record went on while the one that waits came and went.
void Connection::cut_off_behind(HeldList::iterator held, std::uint64_t position) {
    Segment& segment = held->segment;
    const std::uint64_t size = position - segment.position;
    if (size >= segment.size) return;
    Segment rest = segment;
    rest.position = position;
    rest.size -= size;
    rest.bytes.remove_prefix(std::min<std::uint64_t>(size, rest.bytes.size()));
    const auto behind =
        held_.insert(std::next(held), {held->direction, std::string(rest.bytes), rest});
    behind->segment.bytes = behind->bytes;
    segment.size = size;
    held->bytes.resize(held->bytes.size() - behind->bytes.size());
    segment.bytes = held->bytes;
}

void Connection::release(HeldList::iterator held) {
    HeldList out;
    out.splice(out.begin(), held_, held);
    held_bytes_ -= out.front().bytes.size();
    deliver(out.front().direction, out.front().segment);
}

void Connection::release_what_can_be() {
    for (auto held = next_deliverable(); held != held_.end(); held = next_deliverable()) {
        release(held);
    }
}

Connection::HeldList::iterator Connection::earliest(Direction direction) {
    auto earliest = held_.end();
    for (auto held = held_.begin(); held != held_.end(); ++held) {
        if (held->direction != direction) continue;
        if (earliest == held_.end() || held->segment.position < earliest->segment.position) {
            earliest = held;
        }
    }
    return earliest;
}

// A hole in the record's own direction is now a loss, and so is one in the other direction before a
// record that was only overtaken. Without such a record, the other direction's bytes may still
// come, from a call that has not returned.
void Connection::stop_waiting() {
    const auto held = earliest(held_.front().direction);
    const Segment& segment = held->segment;
    lane(held->direction).stream.lose_until(segment.position, segment.origin);
    const Direction other = opposite(held->direction);
    if (!awaited(held->direction, segment)) {
        release(held);
    } else if (const auto overtaken = earliest(other);
               overtaken != held_.end() && overtaken->segment.position < segment.other_position) {
        const Segment& before = overtaken->segment;
        lane(other).stream.lose_until(before.position, before.origin);
        cut_off_behind(overtaken, segment.other_position);
        release(overtaken);
    } else {
        lane(other).given_up = segment.other_position;
        const auto missing = lane(other).stream.missing_before(segment.other_position);
        if (conversation_) conversation_->expect_gap(other, missing);
        release(held);
    }
    release_what_can_be();
}

void Connection::on_message(Paired&& paired) {
    const bool sent = paired.direction == Direction::send;
    const std::uint64_t position = lane(paired.direction).position_of(paired.message->begin);
    sink_.on_message({std::move(paired), id_, position, sent ? socket_.local : socket_.remote,
                      sent ? socket_.remote : socket_.local});
}

void Connection::on_skipped(Direction direction, std::uint64_t offset, std::uint64_t bytes) {
    const bool sent = direction == Direction::send;
    tally_.not_http_bytes += bytes;
    tally_.not_http_places.add(
        lane(direction).not_http,
        {id_, direction, sent ? socket_.local : socket_.remote,
         sent ? socket_.remote : socket_.local, lane(direction).stepped_over + offset, bytes});
}

void Connection::on_protocol_change(std::string_view protocol) {
    opaque_ = &tally_.opaque(protocol);
}

void Connection::on_opaque(std::uint64_t bytes) {
    *opaque_ += bytes;
}

void Connection::on_boundary(Direction direction, const Boundary& boundary) {
    Lane& here = lane(direction);
    here.boundaries.push_back({boundary.kind, here.position_of(boundary.position)});
}

}  // namespace httpprof::replay
