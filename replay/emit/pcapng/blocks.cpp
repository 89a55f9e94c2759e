#include "replay/emit/pcapng/blocks.h"

#include <algorithm>
#include <concepts>
#include <limits>

#include "format/bytes.h"

namespace httpprof::replay {
namespace {

// Types of blocks and codes of options, each with its section of the draft.
constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;   // 4.1
constexpr std::uint32_t kInterfaceDescription = 1;     // 4.2
constexpr std::uint32_t kEnhancedPacket = 6;           // 4.3
constexpr std::uint16_t kEndOfOptions = 0;             // 3.5
constexpr std::uint16_t kComment = 1;                  // 3.5
constexpr std::uint16_t kHardware = 2;                 // 4.1: shb_hardware
constexpr std::uint16_t kSystem = 3;                   // shb_os
constexpr std::uint16_t kApplication = 4;              // shb_userappl
constexpr std::uint16_t kName = 2;                     // 4.2: if_name
constexpr std::uint16_t kDescription = 3;              // if_description
constexpr std::uint16_t kTimeResolution = 9;           // if_tsresol
constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;  // 4.1
constexpr std::uint64_t kUnknownSize = std::numeric_limits<std::uint64_t>::max();
// Not LINKTYPE_RAW, of which libpcap reads one interface in a file: it takes the type of a second
// one for another, since it has a number of its own for that of the first.
constexpr std::uint16_t kLinkTypeLinuxSll = 113;
constexpr std::string_view kNanoseconds = "\x09";  // 10 to the power of -9

template <std::unsigned_integral T>
void append_little_endian(std::string& out, T value) {
    const std::size_t end = out.size();
    out.resize(end + sizeof(T));
    format::store_little_endian(out.data() + end, value);
}

void pad(std::string& out, std::size_t begin) {
    while ((out.size() - begin) % 4 != 0)
        out += '\0';
}

void append_option(std::string& out, std::uint16_t code, std::string_view value) {
    if (value.empty()) return;
    value = value.substr(0, std::numeric_limits<std::uint16_t>::max());
    append_little_endian(out, code);
    append_little_endian(out, static_cast<std::uint16_t>(value.size()));
    const std::size_t begin = out.size();
    out += value;
    pad(out, begin);
}

// A block from its construction to end().
class Block {
  public:
    Block(std::string& out, std::uint32_t type) : out_(out), begin_(out.size()) {
        append_little_endian(out_, type);
        append_little_endian(out_, std::uint32_t{0});  // total length, set by end()
    }

    void end() {
        append_little_endian(out_, std::uint32_t{kEndOfOptions});
        const auto size = static_cast<std::uint32_t>(out_.size() - begin_ + sizeof(std::uint32_t));
        format::store_little_endian(out_.data() + begin_ + sizeof(std::uint32_t), size);
        append_little_endian(out_, size);
    }

  private:
    std::string& out_;
    const std::size_t begin_;
};

}  // namespace

void append_pcapng_section(std::string& out, const PcapngSection& section) {
    Block block(out, kSectionHeader);
    append_little_endian(out, kByteOrderMagic);
    append_little_endian(out, std::uint16_t{1});  // version 1.0
    append_little_endian(out, std::uint16_t{0});
    append_little_endian(out, kUnknownSize);
    append_option(out, kHardware, section.hardware);
    append_option(out, kSystem, section.system);
    append_option(out, kApplication, section.application);
    append_option(out, kComment, section.comment);
    block.end();
}

void append_pcapng_interface(std::string& out, const PcapngInterface& interface) {
    Block block(out, kInterfaceDescription);
    append_little_endian(out, kLinkTypeLinuxSll);
    append_little_endian(out, std::uint16_t{0});  // reserved
    append_little_endian(out, std::uint32_t{0});  // no limit of the size of packets
    append_option(out, kName, interface.name);
    append_option(out, kDescription, interface.description);
    append_option(out, kTimeResolution, kNanoseconds);
    block.end();
}

void append_pcapng_packet(std::string& out, const PcapngPacket& packet) {
    Block block(out, kEnhancedPacket);
    // Times before 1970 cannot be said.
    const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(packet.realtime_ns, 0));
    const auto size = static_cast<std::uint32_t>(packet.headers.size() + packet.payload.size());
    append_little_endian(out, packet.interface);
    append_little_endian(out, static_cast<std::uint32_t>(time >> 32));
    append_little_endian(out, static_cast<std::uint32_t>(time));
    append_little_endian(out, size);                                               // captured
    append_little_endian(out, static_cast<std::uint32_t>(size + packet.missing));  // original
    const std::size_t begin = out.size();
    out.append(packet.headers).append(packet.payload);
    pad(out, begin);
    append_option(out, kComment, packet.comment);
    block.end();
}

}  // namespace httpprof::replay
