#include "tools/bench/traffic_pcap.h"

#include <span>

namespace httpprof::bench {
namespace {

constexpr std::size_t kWriteSize = 1024 * 1024;
constexpr std::uint32_t kLoopback = 0x7F000001;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kTcpHeader = 20;

enum TcpFlag : std::uint8_t { kFin = 0x01, kSyn = 0x02, kPush = 0x08, kAck = 0x10 };

// Appends a number, its least significant byte first: the file's own fields.
template <typename Number>
void put_little(std::string& where, Number number) {
    for (std::size_t i = 0; i < sizeof(number); ++i)
        where += static_cast<char>(number >> (8 * i));
}

// Likewise, its most significant byte first: those of packets.
template <typename Number>
void put_big(std::string& where, Number number) {
    for (std::size_t i = sizeof(number); i-- > 0;)
        where += static_cast<char>(number >> (8 * i));
}

// The sum of RFC 1071, section 1, which is to be folded.
std::uint32_t sum_of(std::string_view bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(bytes[i]);
        sum += i % 2 == 0 ? std::uint32_t{byte} << 8 : byte;
    }
    return sum;
}

void set_checksum(std::string& header, std::size_t at, std::uint32_t sum) {
    while (sum > 0xFFFF)
        sum = (sum & 0xFFFF) + (sum >> 16);
    header[at] = static_cast<char>(~sum >> 8);
    header[at + 1] = static_cast<char>(~sum);
}

// RFC 791, section 3.1.
std::string ip_header(std::size_t size) {
    std::string header;
    put_big(header, std::uint16_t{0x4500});  // version 4, five words, no service type
    put_big(header, static_cast<std::uint16_t>(size));
    put_big(header, std::uint32_t{0x00004000});  // one fragment
    put_big(header, std::uint16_t{0x4006});      // 64 hops, TCP
    put_big(header, std::uint16_t{0});           // checksum
    put_big(header, kLoopback);
    put_big(header, kLoopback);
    set_checksum(header, 10, sum_of(header));
    return header;
}

struct Segment {
    std::uint16_t source;
    std::uint16_t destination;
    std::uint32_t sequence;
    std::uint32_t acknowledged;
    std::uint8_t flags;
};

// RFC 9293, section 3.1.
std::string tcp_header(const Segment& segment, std::string_view bytes) {
    std::string header;
    put_big(header, segment.source);
    put_big(header, segment.destination);
    put_big(header, segment.sequence);
    put_big(header, segment.acknowledged);
    put_big(header, std::uint8_t{0x50});  // five words
    put_big(header, segment.flags);
    put_big(header, std::uint16_t{0xFFFF});  // window
    put_big(header, std::uint32_t{0});       // checksum, urgent pointer
    std::string pseudo;
    put_big(pseudo, kLoopback);
    put_big(pseudo, kLoopback);
    put_big(pseudo, static_cast<std::uint32_t>(6));
    put_big(pseudo, static_cast<std::uint32_t>(kTcpHeader + bytes.size()));
    set_checksum(header, 16, sum_of(pseudo) + sum_of(header) + sum_of(bytes));
    return header;
}

// The file's header, draft-ietf-opsawg-pcap, section 4.
std::string pcap_header() {
    std::string header;
    put_little(header, std::uint32_t{0xA1B23C4D});  // times have nanoseconds
    put_little(header, std::uint32_t{0x00040002});  // version 2.4
    put_little(header, std::uint64_t{0});
    put_little(header, std::uint32_t{0x40000});  // longest packet
    put_little(header, std::uint32_t{101});      // LINKTYPE_RAW
    return header;
}

}  // namespace

TrafficPcap::TrafficPcap(const std::string& path, std::size_t connections, std::size_t segment_size)
    : file_(path), segment_size_(segment_size), connections_(connections), waiting_(pcap_header()) {
    constexpr std::size_t kLargest = 0xFFFF - kIpHeader - kTcpHeader;
    need(segment_size > 0 && segment_size <= kLargest, "segments cannot have that size");
}

void TrafficPcap::open(std::size_t slot, std::uint16_t client_port, std::uint64_t time_ns) {
    Connection& connection = connections_[slot];
    connection = {.client_port = client_port,
                  .client_next = client_port * 40503U,
                  .server_next = client_port * 60493U};
    add_packet(connection, Flow::to_server, kSyn, {}, time_ns);
    add_packet(connection, Flow::to_client, kSyn | kAck, {}, time_ns);
    add_packet(connection, Flow::to_server, kAck, {}, time_ns);
}

void TrafficPcap::transfer(std::size_t slot, Flow flow, std::string_view bytes,
                           std::uint64_t time_ns) {
    while (!bytes.empty()) {
        const std::string_view segment = bytes.substr(0, segment_size_);
        bytes.remove_prefix(segment.size());
        add_packet(connections_[slot], flow, bytes.empty() ? kAck | kPush : kAck, segment, time_ns);
    }
}

void TrafficPcap::close(std::size_t slot, std::uint64_t time_ns) {
    Connection& connection = connections_[slot];
    add_packet(connection, Flow::to_server, kFin | kAck, {}, time_ns);
    add_packet(connection, Flow::to_client, kFin | kAck, {}, time_ns);
    add_packet(connection, Flow::to_server, kAck, {}, time_ns);
}

void TrafficPcap::finish() {
    need(file_.write(std::as_bytes(std::span(waiting_))));
    waiting_.clear();
}

void TrafficPcap::add_packet(Connection& connection, Flow flow, std::uint8_t flags,
                             std::string_view bytes, std::uint64_t time_ns) {
    const bool up = flow == Flow::to_server;
    std::uint32_t& next = up ? connection.client_next : connection.server_next;
    const std::uint32_t seen = up ? connection.server_next : connection.client_next;
    const std::string tcp = tcp_header({.source = up ? connection.client_port : kServerPort,
                                        .destination = up ? kServerPort : connection.client_port,
                                        .sequence = next,
                                        .acknowledged = (flags & kAck) != 0 ? seen : 0,
                                        .flags = flags},
                                       bytes);
    next += static_cast<std::uint32_t>(bytes.size());
    if ((flags & (kSyn | kFin)) != 0) ++next;  // each counts as a byte
    const std::size_t size = kIpHeader + kTcpHeader + bytes.size();
    const std::uint64_t realtime_ns = kRealtimeAtBoot + time_ns;
    put_little(waiting_, static_cast<std::uint32_t>(realtime_ns / kSecond));
    put_little(waiting_, static_cast<std::uint32_t>(realtime_ns % kSecond));
    put_little(waiting_, static_cast<std::uint32_t>(size));
    put_little(waiting_, static_cast<std::uint32_t>(size));
    waiting_ += ip_header(size);
    waiting_ += tcp;
    waiting_ += bytes;
    if (waiting_.size() >= kWriteSize) finish();
}

}  // namespace httpprof::bench
