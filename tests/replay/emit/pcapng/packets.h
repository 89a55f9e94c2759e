// Reads what a pcapng file says, as far as the exporter writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace httpprof::test {

struct CapturedPacket {
    std::uint32_t interface = 0;
    std::uint64_t time_ns = 0;
    std::string comment;
    bool is_sent = false;  // by the process
    std::string source;    // "10.0.0.1:80", "[::1]:80"
    std::string destination;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgment = 0;
    std::string flags;  // "A", "PA", "FA"
    std::string payload;
    std::size_t missing = 0;  // bytes that the packet had behind the payload
};

struct PacketFile {
    std::vector<std::map<std::uint16_t, std::string>> sections;    // their options
    std::vector<std::map<std::uint16_t, std::string>> interfaces;  // likewise
    std::vector<CapturedPacket> packets;
};

// Fails the test where lengths or checksums are not right.
PacketFile read_pcapng(const std::string& bytes);

}  // namespace httpprof::test
