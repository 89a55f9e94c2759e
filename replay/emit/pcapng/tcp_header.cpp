#include "replay/emit/pcapng/tcp_header.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <span>

namespace httpprof::replay {
namespace {

using Address = std::array<std::uint8_t, 16>;

// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html
constexpr std::uint16_t kToThisHost = 0;
constexpr std::uint16_t kFromThisHost = 4;
constexpr std::uint16_t kNoLinkType = 0xFFFE;  // ARPHRD_NONE
constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kEtherTypeIpv6 = 0x86DD;
constexpr std::uint8_t kTcp = 6;  // its protocol number (RFC 9293)
constexpr std::uint8_t kLongestLife = 255;
constexpr std::uint16_t kWidestWindow = 65'535;
constexpr std::uint16_t kDoNotFragment = 0x4000;
constexpr std::size_t kTcpHeaderSize = 20;
constexpr std::size_t kTcpChecksum = 16;  // where they stand in their headers
constexpr std::size_t kIpv4Checksum = 10;
enum Flag : std::uint8_t { kFinFlag = 0x01, kPushFlag = 0x08, kAcknowledgmentFlag = 0x10 };

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool is_ipv4(const Address& address) {
    return std::ranges::equal(kMapped, std::span(address).first(kMapped.size()));
}

template <std::unsigned_integral T>
void append_big_endian(std::string& out, T value) {
    for (int shift = 8 * (static_cast<int>(sizeof(T)) - 1); shift >= 0; shift -= 8)
        out += static_cast<char>(value >> shift & 0xFF);
}

void append_bytes(std::string& out, std::span<const std::uint8_t> bytes) {
    out.append(bytes.begin(), bytes.end());
}

// The sum of RFC 1071, of pieces that have an even size but for the last one.
class Checksum {
  public:
    Checksum& add(std::string_view bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const auto byte = static_cast<std::uint8_t>(bytes[i]);
            sum_ += i % 2 == 0 ? std::uint64_t{byte} << 8 : byte;
        }
        return *this;
    }

    void store(std::string& header, std::size_t offset) const {
        std::uint64_t sum = sum_;
        while (sum >> 16 != 0)
            sum = (sum & 0xFFFF) + (sum >> 16);
        sum = ~sum;
        header[offset] = static_cast<char>(sum >> 8 & 0xFF);
        header[offset + 1] = static_cast<char>(sum & 0xFF);
    }

  private:
    std::uint64_t sum_ = 0;
};

std::string link_header(format::Direction direction, bool v4) {
    const bool is_sent = direction == format::Direction::send;
    std::string header;
    append_big_endian(header, is_sent ? kFromThisHost : kToThisHost);
    append_big_endian(header, kNoLinkType);
    append_big_endian(header, std::uint16_t{0});  // size of the address
    append_big_endian(header, std::uint64_t{0});
    append_big_endian(header, v4 ? kEtherTypeIpv4 : kEtherTypeIpv6);
    return header;
}

std::string ipv4_header(const std::string& addresses, std::size_t size) {
    std::string header;
    append_big_endian(header, std::uint16_t{0x4500});  // version 4, 5 words, ordinary service
    append_big_endian(header, static_cast<std::uint16_t>(20 + size));
    append_big_endian(header, std::uint16_t{0});  // identification: of fragments only (RFC 6864)
    append_big_endian(header, kDoNotFragment);
    append_big_endian(header, kLongestLife);
    append_big_endian(header, kTcp);
    append_big_endian(header, std::uint16_t{0});  // checksum
    header += addresses;
    Checksum().add(header).store(header, kIpv4Checksum);
    return header;
}

std::string ipv6_header(const std::string& addresses, std::size_t size) {
    std::string header;
    append_big_endian(header, std::uint32_t{0x60000000});  // version 6, ordinary class, no flow
    append_big_endian(header, static_cast<std::uint16_t>(size));
    append_big_endian(header, kTcp);
    append_big_endian(header, kLongestLife);
    return header + addresses;
}

std::string tcp_header(const TcpSegment& segment) {
    std::string header;
    append_big_endian(header, segment.source.port);
    append_big_endian(header, segment.destination.port);
    append_big_endian(header, segment.sequence);
    append_big_endian(header, segment.acknowledgment.value_or(0));
    append_big_endian(header, std::uint8_t{5 << 4});  // words
    const int flags = (segment.acknowledgment ? kAcknowledgmentFlag : 0) |
                      (segment.push ? kPushFlag : 0) | (segment.fin ? kFinFlag : 0);
    append_big_endian(header, static_cast<std::uint8_t>(flags));
    append_big_endian(header, kWidestWindow);
    append_big_endian(header, std::uint16_t{0});  // checksum
    append_big_endian(header, std::uint16_t{0});  // urgent pointer
    return header;
}

// What the checksum counts beside the segment (RFC 9293, 3.1; RFC 8200, 8.1), which are the same
// 16-bit words for both versions of IP but for zeros.
std::string pseudo_header(const std::string& addresses, std::size_t size) {
    std::string header = addresses;
    append_big_endian(header, static_cast<std::uint32_t>(size));
    append_big_endian(header, std::uint32_t{kTcp});
    return header;
}

}  // namespace

std::string tcp_headers(const TcpSegment& segment) {
    const Address& source = segment.source.address;
    const Address& destination = segment.destination.address;
    const bool v4 = is_ipv4(source) && is_ipv4(destination);
    std::string addresses;
    append_bytes(addresses, std::span(source).subspan(v4 ? kMapped.size() : 0));
    append_bytes(addresses, std::span(destination).subspan(v4 ? kMapped.size() : 0));

    const std::size_t size = kTcpHeaderSize + segment.payload.size() + segment.missing;
    std::string tcp = tcp_header(segment);
    if (segment.missing == 0) {
        Checksum()
            .add(pseudo_header(addresses, size))
            .add(tcp)
            .add(segment.payload)
            .store(tcp, kTcpChecksum);
    }
    return link_header(segment.direction, v4) +
           (v4 ? ipv4_header(addresses, size) : ipv6_header(addresses, size)) + tcp;
}

}  // namespace httpprof::replay
