// Wire records (bpf/wire.h) of what one process sees of a connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bpf/wire.h"
#include "format/writer.h"

namespace httpprof::bench {

wire_task make_task(std::uint32_t pid, std::string_view name);
// Both ends on the loopback.
wire_socket make_socket(std::uint64_t inode, std::uint64_t now, std::uint16_t local,
                        std::uint16_t remote);
// A process record of the task.
void add_process(const wire_task& task, std::string_view arguments, std::string_view environment,
                 std::uint64_t time_ns, format::RecordBlock& block);

// One end of a connection.
class WireEnd {
  public:
    WireEnd() = default;
    // `sent` and `received` are the positions where the two directions stand.
    WireEnd(const wire_task& task, const wire_socket& socket, std::uint64_t sent,
            std::uint64_t received)
        : task_(task), socket_(socket), sent_(sent), received_(received) {}

    const wire_task& task() const { return task_; }

    // One call that moved these bytes, at most WIRE_PAYLOAD_MAX.
    void add_sent(std::string_view bytes, std::uint64_t time_ns, format::RecordBlock& block);
    void add_received(std::string_view bytes, std::uint64_t time_ns, format::RecordBlock& block);
    // The peer ended its direction.
    void add_fin(std::uint64_t time_ns, format::RecordBlock& block) const;
    void add_close(std::uint64_t time_ns, format::RecordBlock& block) const;

  private:
    void add_data(std::uint8_t direction, std::string_view bytes, std::uint64_t time_ns,
                  format::RecordBlock& block) const;

    wire_task task_{};
    wire_socket socket_{};
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
};

}  // namespace httpprof::bench
