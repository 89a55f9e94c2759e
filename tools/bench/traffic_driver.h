// Keep-alive connections to one server, which take turns at random, one call at a time: their
// messages interleave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "tools/bench/exchange.h"
#include "tools/bench/made_up.h"
#include "tools/bench/traffic_sink.h"

namespace httpprof::bench {

class TrafficDriver {
  public:
    // The source and the sinks must outlive the driver. At most 20,000 connections, which is so
    // few that a port is not soon used again.
    TrafficDriver(ExchangeSource& exchanges, std::size_t connections, std::uint64_t seed,
                  std::vector<TrafficSink*> sinks);

    // One call of one connection.
    void step();
    // Lets the exchanges under way end, and closes all connections.
    void finish();

    std::uint64_t exchanges() const { return count_; }  // begun

  private:
    struct Connection {
        bool is_open = false;
        std::size_t exchanges_left = 0;
        std::deque<std::pair<Flow, std::string>> calls;  // of the exchange under way
    };

    void open(std::size_t slot);
    void begin_exchange(Connection& connection);
    void make_next_call(std::size_t slot);
    void close(std::size_t slot);
    std::uint64_t next_time();

    ExchangeSource& source_;
    MadeUp made_up_;
    std::vector<TrafficSink*> sinks_;
    std::vector<Connection> connections_;
    std::uint64_t time_ns_ = 3'600'000'000'000;
    std::uint16_t next_port_;
    std::uint64_t count_ = 0;
};

}  // namespace httpprof::bench
