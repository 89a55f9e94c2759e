// Wire records as a recorder on a host with HTTP servers and clients gets them: made up, but with
// what makes real ones easy or hard to compress. The same ones in every run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/wire.h"
#include "format/writer.h"

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
    struct End {
        wire_task task{};
        wire_socket socket{};
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
    };
    struct Connection {
        End client;
        End server;
        std::string session;
        std::size_t exchanges_left = 0;
    };

    std::size_t draw(std::size_t least, std::size_t most);
    std::string hex(std::size_t digits);
    void append_words(std::string& text, std::size_t size);
    void connect(Connection& connection, format::RecordBlock& block);
    void close(Connection& connection, format::RecordBlock& block);
    std::string request(const Connection& connection);
    std::string response();
    std::string body(std::string& type);
    void transfer(End& from, End& to, std::string_view bytes, format::RecordBlock& block);
    void add_data(End& end, std::uint8_t direction, std::string_view bytes,
                  format::RecordBlock& block);
    template <typename Wire>
    void add(Wire wire, wire_type type, std::string_view payload, format::RecordBlock& block);

    std::mt19937_64 random_{4};  // the same on every machine, as distributions are not
    std::uint64_t time_ns_ = 3'600'000'000'000;
    std::uint64_t next_inode_ = 40'000;
    std::vector<std::string> words_;
    std::vector<wire_task> clients_;
    std::vector<wire_task> servers_;
    std::array<Connection, 64> connections_;
    std::string record_;
};

}  // namespace httpprof::bench
