// What crosses a connection, in the order in which it is understood: for outputs that want bytes
// instead of messages.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "format/record.h"
#include "replay/boundary.h"
#include "replay/stream.h"

namespace httpprof::replay {

// Lives only as long as the call that it is given to.
struct Transfer {
    // The direction ends at `position`. Bytes before that may still come.
    struct Fin {
        std::uint64_t time_ns = 0;  // CLOCK_BOOTTIME
        std::uint64_t position = 0;
    };
    // The socket is gone, or given up, and nothing follows. Says nothing of a direction.
    struct Close {};
    // Nothing moves, but there are boundaries.
    struct Nothing {};

    std::uint64_t connection = 0;  // by order of appearance in the capture, from 1
    const format::Socket& socket;
    format::Direction direction = format::Direction::send;
    // Segments of a direction are in the order of the stream, but one that was overtaken for long
    // may come late, and some of its bytes may have come before.
    std::variant<Segment, Fin, Close, Nothing> what = {};
    // The connection that is the other end of this one, where both are in the capture. The one that
    // appeared first has the smaller number, and may be told of before the other has appeared.
    std::optional<std::uint64_t> other_end = {};
    // What became known of messages in the direction since the transfer of it before this one, by
    // this one; in order, at TCP positions, which may be of bytes that were handed on before.
    std::span<const Boundary> boundaries = {};
};

}  // namespace httpprof::replay
