#include "tests/replay/emit/pcapng/packets.h"

#include <array>
#include <cstddef>
#include <string_view>

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "format/bytes.h"

namespace httpprof::test {
namespace {

using Options = std::map<std::uint16_t, std::string>;

template <typename T>
T little(std::string_view bytes, std::size_t at) {
    return format::load_little_endian<T>(bytes.substr(at, sizeof(T)).data());
}

std::uint32_t big(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (const char byte : bytes.substr(at, size))
        value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
}

std::size_t padded(std::size_t size) {
    return (size + 3) / 4 * 4;
}

Options options_of(std::string_view bytes) {
    Options options;
    for (;;) {
        const auto code = little<std::uint16_t>(bytes, 0);
        const auto size = little<std::uint16_t>(bytes, 2);
        if (code == 0) return options;
        options[code] = bytes.substr(4, size);
        bytes.remove_prefix(4 + padded(size));
    }
}

// What adds up to all ones where a checksum is right.
std::uint32_t folded_sum(std::string_view bytes) {
    std::uint32_t sum = 0;
    std::string even(bytes);
    if (even.size() % 2 != 0) even += '\0';
    for (std::size_t i = 0; i < even.size(); i += 2) {
        sum += big(even, i, 2);
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return sum;
}

std::string end_of(std::string_view address, std::uint32_t port) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool v4 = address.size() == 4;
    inet_ntop(v4 ? AF_INET : AF_INET6, address.data(), text.data(), text.size());
    const std::string host = text.data();
    return (v4 ? host : "[" + host + "]") + ":" + std::to_string(port);
}

std::string pseudo_header(std::string_view addresses, std::size_t size) {
    std::string header(addresses);
    header += {'\0', static_cast<char>(size >> 16), static_cast<char>(size >> 8),
               static_cast<char>(size)};
    return header + std::string("\0\0\0\6", 4);
}

void read_tcp(std::string_view tcp, std::string_view addresses, CapturedPacket& packet) {
    if (packet.missing == 0) {
        EXPECT_EQ(folded_sum(pseudo_header(addresses, tcp.size()) + std::string(tcp)), 0xFFFFu);
    } else {
        EXPECT_EQ(big(tcp, 16, 2), 0u);  // not known
    }
    packet.source = end_of(addresses.substr(0, addresses.size() / 2), big(tcp, 0, 2));
    packet.destination = end_of(addresses.substr(addresses.size() / 2), big(tcp, 2, 2));
    packet.sequence = big(tcp, 4, 4);
    packet.acknowledgment = big(tcp, 8, 4);
    constexpr std::string_view kFlags = "FSRPAU";
    for (std::size_t bit = 0; bit < kFlags.size(); ++bit) {
        if (big(tcp, 13, 1) >> bit & 1) packet.flags += kFlags[bit];
    }
    packet.payload = tcp.substr(20);
}

void read_ip(std::string_view ip, CapturedPacket& packet) {
    if (big(ip, 0, 1) == 0x45) {
        EXPECT_EQ(big(ip, 2, 2), ip.size() + packet.missing);
        EXPECT_EQ(folded_sum(ip.substr(0, 20)), 0xFFFFu);
        read_tcp(ip.substr(20), ip.substr(12, 8), packet);
    } else {
        EXPECT_EQ(big(ip, 0, 1), 0x60u);
        EXPECT_EQ(big(ip, 4, 2), ip.size() - 40 + packet.missing);
        read_tcp(ip.substr(40), ip.substr(8, 32), packet);
    }
}

// LINKTYPE_LINUX_SLL
void read_link(std::string_view link, CapturedPacket& packet) {
    packet.is_sent = big(link, 0, 2) == 4;
    EXPECT_EQ(big(link, 0, 2), packet.is_sent ? 4u : 0u);
    EXPECT_EQ(big(link, 4, 2), 0u);  // no address
    EXPECT_EQ(big(link, 14, 2), big(link, 16, 1) == 0x60 ? 0x86DDu : 0x0800u);
    read_ip(link.substr(16), packet);
}

CapturedPacket packet_of(std::string_view block) {
    CapturedPacket packet;
    packet.interface = little<std::uint32_t>(block, 8);
    packet.time_ns =
        std::uint64_t{little<std::uint32_t>(block, 12)} << 32 | little<std::uint32_t>(block, 16);
    const auto size = little<std::uint32_t>(block, 20);
    packet.missing = little<std::uint32_t>(block, 24) - size;
    read_link(block.substr(28, size), packet);
    const Options options = options_of(block.substr(28 + padded(size)));
    if (options.contains(1)) packet.comment = options.at(1);
    return packet;
}

}  // namespace

PacketFile read_pcapng(const std::string& bytes) {
    PacketFile file;
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const auto size = little<std::uint32_t>(rest, 4);
        const std::string_view block = rest.substr(0, size);
        EXPECT_EQ(little<std::uint32_t>(block, size - 4), size);
        const auto type = little<std::uint32_t>(block, 0);
        if (type == 0x0A0D0D0A) {
            file.sections.push_back(options_of(block.substr(24)));
        } else if (type == 1) {
            EXPECT_EQ(little<std::uint16_t>(block, 8), 113);  // LINKTYPE_LINUX_SLL
            file.interfaces.push_back(options_of(block.substr(16)));
        } else {
            EXPECT_EQ(type, 6u);
            file.packets.push_back(packet_of(block));
        }
        rest.remove_prefix(size);
    }
    return file;
}

}  // namespace httpprof::test
