#include "tests/support/fake_capture.h"

#include <utility>

namespace httpprof::test {

using format::Direction;
using format::MissingCause;

FakeConnection::FakeConnection(std::uint64_t inode, std::uint16_t local_port) {
    socket.id = {inode, 5, 4026531840};
    socket.local = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 1}, local_port};
    socket.remote = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 2}, 80};
    task = {100, 100, 50, "client"};
}

format::DataRecord FakeConnection::sent(std::uint64_t time_ns, std::string bytes) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    return data(Direction::send, time_ns, std::move(bytes), size, MissingCause::none);
}

format::DataRecord FakeConnection::received(std::uint64_t time_ns, std::string bytes) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    return data(Direction::recv, time_ns, std::move(bytes), size, MissingCause::none);
}

format::DataRecord FakeConnection::data(Direction direction, std::uint64_t time_ns,
                                        std::string bytes, std::uint32_t size,
                                        MissingCause missing) {
    format::DataRecord record;
    record.time_ns = time_ns;
    record.task = task;
    record.socket = socket;
    record.direction = direction;
    record.position = next(direction);
    record.other_position = next(direction == Direction::send ? Direction::recv : Direction::send);
    record.original_size = size;
    record.missing = missing;
    record.source = 1;
    record.payload = bytes_.emplace_back(std::move(bytes));
    next(direction) += size;
    return record;
}

void FakeConnection::lose(Direction direction, std::uint64_t size) {
    next(direction) += size;
}

format::FinRecord FakeConnection::fin(Direction direction, std::uint64_t time_ns) const {
    return {time_ns, socket, direction, direction == Direction::send ? next_sent : next_received};
}

format::CloseRecord FakeConnection::close(std::uint64_t time_ns) const {
    return {.time_ns = time_ns, .socket = socket};
}

std::uint64_t& FakeConnection::next(Direction direction) {
    return direction == Direction::send ? next_sent : next_received;
}

FakeCapture::FakeCapture(std::string capture_id, std::string boot_id) {
    format::Header header;
    header.host = "fakehost";
    header.capture_id = std::move(capture_id);
    header.boot_id = std::move(boot_id);
    add(format::FrameContent(std::move(header)));
}

FakeCapture& FakeCapture::add(const format::Record& record) {
    return add(format::FrameContent(format::RecordBatch{{record}, {}, nullptr, nullptr}));
}

FakeCapture& FakeCapture::add(format::FrameContent content) {
    const std::uint64_t number = frames_.size();
    frames_.push_back({.offset = number * 100,
                       .header = {.number = number},
                       .digest = {},
                       .content = std::move(content)});
    return *this;
}

FakeCapture& FakeCapture::clock(std::uint64_t boottime_ns, std::int64_t realtime_ns) {
    return add(format::FrameContent(format::Clock{boottime_ns, realtime_ns}));
}

FakeCapture& FakeCapture::stats(std::uint64_t time_ns) {
    format::Stats stats;
    stats.time_ns = time_ns;
    return add(format::FrameContent(std::move(stats)));
}

Result<std::optional<format::Frame>> FakeSource::next() {
    if (next_ < frames_.size()) return std::optional(frames_[next_++]);
    if (error_) return *error_;
    return std::optional<format::Frame>();
}

}  // namespace httpprof::test
