// Ports of the ephemeral range where they stand in text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace httpprof::replay {

// From here on Linux gives out ports to those who ask for none (net.ipv4.ip_local_port_range has
// 32768 to 60999). All of them have five digits.
constexpr std::uint16_t kFirstEphemeralPort = 32768;

// Where a port is looked for.
enum class PortContext : std::uint8_t {
    authority,  // behind a host and a colon: "localhost:40000", "[::1]:40000", "localhost%3A40000"
    word,       // between what are no letters, digits or periods: "--port=40000"; "-p40000"
};

// What stands in place of an ephemeral port, or 0 for one that stays. `before` is the text in front
// of it and of the colon.
using PortReplacement = std::function<std::uint16_t(std::string_view before, std::uint16_t port)>;

// Replaces the ports by what `replacement` gives, with zeros in front so that the length stays.
void replace_ports(std::string& text, PortContext context, const PortReplacement& replacement);

}  // namespace httpprof::replay
