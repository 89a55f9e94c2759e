// The blocks of a pcapng file (draft-ietf-opsawg-pcapng), little endian, with times in nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace httpprof::replay {

// Texts are UTF-8. One that is empty is left out.
struct PcapngSection {
    std::string hardware;
    std::string system;
    std::string application;
    std::string comment;
};

struct PcapngInterface {
    std::string name;
    std::string description;
};

struct PcapngPacket {
    std::uint32_t interface = 0;  // in the section, from 0
    std::int64_t realtime_ns = 0;
    std::string_view headers;  // tcp_header.h
    std::string_view payload;
    std::size_t missing = 0;  // bytes that the packet had behind the payload
    std::string_view comment;
};

// Each is appended to `out`.
void append_pcapng_section(std::string& out, const PcapngSection& section);
void append_pcapng_interface(std::string& out, const PcapngInterface& interface);
void append_pcapng_packet(std::string& out, const PcapngPacket& packet);

}  // namespace httpprof::replay
