// Where messages begin and end in the bytes of one direction of a connection: for outputs of bytes.
#pragma once

#include <cstdint>

namespace httpprof::replay {

struct Boundary {
    enum class Kind : std::uint8_t {
        begin,   // of a start line; one of the others follows, and only then the next begin
        whole,   // a message that is all there ends before the position
        broken,  // likewise one of which some is missing, as far as it is known to reach; or may
                 // seem to be missing, since its fields say different things of its end
        none,    // what began is no message
    };

    Kind kind = Kind::begin;
    std::uint64_t position = 0;

    bool operator==(const Boundary&) const = default;
};

}  // namespace httpprof::replay
