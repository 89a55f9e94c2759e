// What a proxy says of its client before it passes on what that sends: the header of the PROXY
// protocol (haproxy, doc/proxy-protocol.txt), in its text form or its binary one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace httpprof::replay {

// The size of the header that a stream which begins so begins with, 0 for none; it may go on behind
// `beginning`. Nothing while more bytes are needed to tell, which are less than 128.
std::optional<std::uint64_t> proxy_header_size(std::string_view beginning);

}  // namespace httpprof::replay
