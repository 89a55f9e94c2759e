// Builds raw wire records (bpf/wire.h), as the kernel would write them. Every field has a sensible
// value already; a test names the ones that it is about:
//
//     data_record({.time_ns = 5, .position = 100, .payload = "GET / HTTP/1.1\r\n\r\n"})
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "bpf/wire.h"

namespace httpprof::test {

using WireAddress = std::array<std::uint8_t, WIRE_ADDRESS_SIZE>;

// IPv4-mapped.
WireAddress ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);

struct WireTask {
    std::uint32_t pid = 100;
    std::uint32_t tid = 100;
    std::uint64_t start_ns = 500;
    std::string comm = "client";  // at most 15 bytes count
};

struct WireSocket {
    std::uint64_t inode = 7000;
    std::uint64_t first_seen_ns = 900;
    std::uint32_t netns = 4026531840;
    std::uint16_t local_port = 50000;
    std::uint16_t remote_port = 80;
    WireAddress local_address = ipv4(127, 0, 0, 1);
    WireAddress remote_address = ipv4(127, 0, 0, 2);
};

struct WireData {
    std::uint64_t time_ns = 1000;
    WireTask task = {};
    WireSocket socket = {};
    std::uint8_t direction = WIRE_SEND;
    std::uint64_t position = 1;
    std::uint64_t other_position = 1;
    std::string payload = "payload";
    std::optional<std::uint32_t> original_size = {};  // the payload's when not given
    std::uint8_t missing = WIRE_MISSING_NOTHING;
    std::uint8_t source = WIRE_SOURCE_SYSCALL;
    std::uint32_t syscall = WIRE_WRITE;
};

struct WireProcess {
    std::uint64_t time_ns = 1000;
    WireTask task = {};
    std::string arguments = std::string("client\0--fast\0", 14);
    std::string environment = std::string("HOME=/root\0LANG=C\0", 18);
    std::optional<std::uint32_t> arguments_size = {};    // that of the bytes when not given
    std::optional<std::uint32_t> environment_size = {};  // likewise
    std::uint64_t exec_id = 3;
    std::uint32_t uid = 1000;
    std::uint32_t namespace_pid = 100;
    std::string cgroup = std::string("shop.service\0system.slice\0\0", 27);
    std::uint8_t environment_kept = WIRE_ENVIRONMENT_WHOLE;
};

struct WireFin {
    std::uint64_t time_ns = 1000;
    WireSocket socket = {};
    std::uint8_t direction = WIRE_SEND;
    std::uint64_t position = 1;
};

struct WireClose {
    std::uint64_t time_ns = 1000;
    WireSocket socket = {};
    std::uint64_t written_position = 0;  // not known
    std::uint64_t read_position = 0;
    std::uint64_t received_position = 0;
};

struct WireIoUring {
    std::uint64_t time_ns = 1000;
    WireTask task = {};
};

std::string data_record(const WireData& data = {});
std::string process_record(const WireProcess& process = {});
std::string fin_record(const WireFin& fin = {});
std::string close_record(const WireClose& close = {});
std::string io_uring_record(const WireIoUring& io_uring = {});

}  // namespace httpprof::test
