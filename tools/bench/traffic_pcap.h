// Made-up traffic as a packet capture has it: a pcap file of IPv4 packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/capture_file.h"
#include "tools/bench/traffic_sink.h"

namespace httpprof::bench {

// Segments of at most `segment_size` bytes, in order, none twice, each of which acknowledges all
// that came before it: a reader has the least possible to do. Handshakes and the ends of
// connections are there.
class TrafficPcap : public TrafficSink {
  public:
    TrafficPcap(const std::string& path, std::size_t connections, std::size_t segment_size);

    void open(std::size_t slot, std::uint16_t client_port, std::uint64_t time_ns) override;
    void transfer(std::size_t slot, Flow flow, std::string_view bytes,
                  std::uint64_t time_ns) override;
    void close(std::size_t slot, std::uint64_t time_ns) override;

    void finish();

  private:
    struct Connection {
        std::uint16_t client_port = 0;
        std::uint32_t client_next = 0;  // sequence numbers
        std::uint32_t server_next = 0;
    };

    void add_packet(Connection& connection, Flow flow, std::uint8_t flags, std::string_view bytes,
                    std::uint64_t time_ns);

    FileSink file_;
    std::size_t segment_size_;
    std::vector<Connection> connections_;
    std::string waiting_;  // to be written
};

}  // namespace httpprof::bench
