// Wire records as a recorder on a host with HTTP servers and clients gets them: made up, but with
// what makes real ones easy or hard to compress. The same ones in every run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/writer.h"
#include "tools/bench/made_up.h"
#include "tools/bench/wire_records.h"

namespace httpprof::bench {

// Both ends of keep-alive connections on one host: of four records of an exchange two carry the
// same bytes. Most messages have 200 to 1500 bytes; one response in 20 has a body of 16 to 64 KiB,
// text or, as images are, without any order.
class TrafficRecords {
  public:
    TrafficRecords();

    // Adds the records of one exchange, and those of a connection's begin and end where it has one.
    void add_exchange(format::RecordBlock& block);

  private:
    struct Connection {
        WireEnd client;
        WireEnd server;
        std::string session;
        std::size_t exchanges_left = 0;
    };

    void connect(Connection& connection, format::RecordBlock& block);
    void close(const Connection& connection, format::RecordBlock& block);
    std::string request(const Connection& connection);
    std::string response();
    std::string body(std::string& type);
    void transfer(WireEnd& from, WireEnd& to, std::string_view bytes, format::RecordBlock& block);
    std::uint64_t next_time();

    MadeUp made_up_{4};
    std::uint64_t time_ns_ = 3'600'000'000'000;
    std::uint64_t next_inode_ = 40'000;
    std::vector<wire_task> clients_;
    std::vector<wire_task> servers_;
    std::array<Connection, 64> connections_;
};

}  // namespace httpprof::bench
