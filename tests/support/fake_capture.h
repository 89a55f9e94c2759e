// A capture made in memory from typed records, and the connections that they belong to.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/frame.h"
#include "format/record_source.h"

namespace httpprof::test {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSecond = 1000 * kMs;

// What a process sees of one connection. Makes records and counts positions on; it owns the bytes
// that they point to and must outlive them.
class FakeConnection {
  public:
    explicit FakeConnection(std::uint64_t inode = 1, std::uint16_t local_port = 50000);

    format::DataRecord sent(std::uint64_t time_ns, std::string bytes);
    format::DataRecord received(std::uint64_t time_ns, std::string bytes);
    // `size` bytes of which only the first ones were captured.
    format::DataRecord data(format::Direction direction, std::uint64_t time_ns, std::string bytes,
                            std::uint32_t size, format::MissingCause missing);
    // Bytes that no record tells of.
    void lose(format::Direction direction, std::uint64_t size);
    // At the position that was reached.
    format::FinRecord fin(format::Direction direction, std::uint64_t time_ns) const;
    format::CloseRecord close(std::uint64_t time_ns) const;

    format::Socket socket;
    format::Task task;
    std::uint64_t next_sent = 1000;
    std::uint64_t next_received = 4'000'000'000;

  private:
    std::uint64_t& next(format::Direction direction);
    std::deque<std::string> bytes_;
};

class FakeCapture {
  public:
    explicit FakeCapture(std::string capture_id = "capture", std::string boot_id = "boot");

    FakeCapture& add(const format::Record& record);  // one Records frame each
    FakeCapture& add(format::FrameContent content);
    FakeCapture& clock(std::uint64_t boottime_ns, std::int64_t realtime_ns);
    FakeCapture& stats(std::uint64_t time_ns);

    const std::vector<format::Frame>& frames() const { return frames_; }

  private:
    std::vector<format::Frame> frames_;
};

// Gives frames, then, if there is one, an error.
class FakeSource final : public format::RecordSource {
  public:
    explicit FakeSource(const FakeCapture& capture, std::optional<Error> error = std::nullopt)
        : frames_(capture.frames()), error_(std::move(error)) {}

    Result<std::optional<format::Frame>> next() override;

  private:
    std::vector<format::Frame> frames_;
    std::optional<Error> error_;
    std::size_t next_ = 0;
};

}  // namespace httpprof::test
