#include "replay/emit/pcapng/call.h"

#include <variant>

#include "replay/emit/pcapng/tcp_header.h"

namespace httpprof::replay {

Call::Call(const Transfer& transfer, const Segment& segment, std::int64_t realtime_ns)
    : connection_(transfer.connection),
      socket_(transfer.socket),
      direction_(transfer.direction),
      other_end_(transfer.other_end),
      realtime_ns_(realtime_ns),
      segment_(segment),
      bytes_(segment.bytes),
      boundaries_(transfer.boundaries.begin(), transfer.boundaries.end()) {}

bool Call::take(const Transfer& next) {
    const auto* const segment = std::get_if<Segment>(&next.what);
    if (segment == nullptr || !goes_on_with(next, *segment)) return false;
    bytes_ += segment->bytes;
    segment_.size += segment->size;
    boundaries_.insert(boundaries_.end(), next.boundaries.begin(), next.boundaries.end());
    return true;
}

Transfer Call::transfer() const {
    Segment segment = segment_;
    segment.bytes = bytes_;
    return {.connection = connection_,
            .socket = socket_,
            .direction = direction_,
            .what = segment,
            .other_end = other_end_,
            .boundaries = boundaries_};
}

// No other call of the process ends at the same nanosecond.
bool Call::goes_on_with(const Transfer& next, const Segment& segment) const {
    return next.connection == connection_ && next.direction == direction_ &&
           segment.origin == segment_.origin && bytes_.size() == segment_.size &&
           segment.position == segment_.position + segment_.size &&
           bytes_.size() + segment.bytes.size() <= kMaxSegmentSize;
}

}  // namespace httpprof::replay
