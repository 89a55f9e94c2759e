// A hash for tables whose keys come from a capture.
#pragma once

#include <cstddef>

#include "format/record.h"

namespace httpprof::format {

// SipHash with a random key of this process: who makes a capture cannot choose keys that collide.
// So nothing may depend on the order of such a table.
struct KeyedHash {
    std::size_t operator()(const ProcessId& process) const;
    std::size_t operator()(const SocketId& socket) const;
    std::size_t operator()(const Socket& socket) const { return (*this)(socket.id); }
};

}  // namespace httpprof::format
