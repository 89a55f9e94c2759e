// Where made-up traffic goes: a capture, a pcap file. All of it is on the loopback.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace httpprof::bench {

constexpr std::uint16_t kServerPort = 8080;
constexpr std::uint64_t kRealtimeAtBoot = 1'785'000'000'000'000'000;  // ns

enum class Flow { to_server, to_client };

// Connections are named by a slot, which another connection takes when one is closed.
class TrafficSink {
  public:
    virtual ~TrafficSink() = default;

    virtual void open(std::size_t slot, std::uint16_t client_port, std::uint64_t time_ns) = 0;
    // Bytes of one call, at most WIRE_PAYLOAD_MAX.
    virtual void transfer(std::size_t slot, Flow flow, std::string_view bytes,
                          std::uint64_t time_ns) = 0;
    virtual void close(std::size_t slot, std::uint64_t time_ns) = 0;
};

}  // namespace httpprof::bench
