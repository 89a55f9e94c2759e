#include "replay/stream.h"

#include <algorithm>

namespace httpprof::replay {

using format::MissingCause;

std::uint64_t Stream::missing_before(std::uint64_t position) const {
    if (!next_ || ended_) return 0;
    // A position after the FIN, which takes a number itself, is no more than the end.
    const std::uint64_t last = std::min(position, end_.value_or(position));
    return last > *next_ ? last - *next_ : 0;
}

void Stream::start_at(std::uint64_t position) {
    if (!next_) next_ = position;
}

void Stream::add(const Segment& segment) {
    if (!has_begun_) next_ = std::min(next_.value_or(segment.position), segment.position);
    const std::uint64_t start = *next_;
    const std::uint64_t end = segment.position + segment.size;
    if (ended_ || end <= start) {
        tally_.duplicate_bytes += segment.size;
        return;
    }
    const std::uint64_t overlap = start - segment.position;
    tally_.duplicate_bytes += overlap;
    next_ = end;
    has_begun_ = true;
    // Bytes that were seen prove a FIN before them wrong.
    if (end_) end_ = std::max(*end_, end);

    const std::string_view fresh =
        segment.bytes.substr(std::min<std::uint64_t>(overlap, segment.bytes.size()));
    position_ = start + fresh.size();
    if (!fresh.empty()) sink_.on_bytes(fresh, segment.origin);
    const auto cause = segment.missing == MissingCause::none ? MissingCause::lost : segment.missing;
    gap(end - start - fresh.size(), cause, segment.origin);
    end_when_complete();
}

void Stream::lose_until(std::uint64_t position, const Origin& origin) {
    skip_until(position, MissingCause::lost, origin);
}

void Stream::skip_until(std::uint64_t position, MissingCause cause, const Origin& origin) {
    if (!is_ahead(position)) return;
    const std::uint64_t length = position - *next_;
    position_ = *next_;
    next_ = position;
    has_begun_ = true;
    gap(length, cause, origin);
    end_when_complete();
}

void Stream::end_at(std::uint64_t position) {
    if (end_) return;
    end_ = next_ ? std::max(position, *next_) : position;
    end_when_complete();
}

void Stream::close(const Reach& reach, const Origin& origin) {
    if (ended_) return;
    const std::uint64_t last = end_.value_or(reach.arrived);
    if (reach.moved > 0) {
        lose_until(std::min(reach.moved, last), origin);
        skip_until(last, MissingCause::unread, origin);
    } else if (has_begun_) {
        lose_until(last, origin);
    }
    end(end_ ? StreamEnd::fin : StreamEnd::close);
}

void Stream::cut() {
    end(StreamEnd::cut);
}

void Stream::gap(std::uint64_t length, MissingCause cause, const Origin& origin) {
    position_ += length;
    // What is sent out of band is no part of what is read in line.
    if (length == 0 || cause == MissingCause::urgent) return;
    tally_.missing(cause, length);
    sink_.on_gap(length, cause, origin);
}

void Stream::end_when_complete() {
    if (has_begun_ && next_ == end_) end(StreamEnd::fin);
}

void Stream::end(StreamEnd how) {
    if (ended_) return;
    ended_ = true;
    sink_.on_end(how);
}

}  // namespace httpprof::replay
