#include "format/redaction/connection_redactor.h"

#include <algorithm>

#include "format/redaction/stream_redactor.h"

namespace httpprof::format {

void ConnectionRedactor::redact(const DataRecord& record, std::span<char> payload) {
    Stream& stream = stream_of({record.socket.id, record.direction});
    StreamState state = state_at(stream, record.position);
    const std::size_t unknown = size_before_place(stream, record.position, payload.size());
    if (unknown > 0) {
        reach(stream, record.position, state);
        redact_stream(payload.first(unknown), state, names_, tally_);
        if (unknown < payload.size()) state = state_at(stream, record.position + unknown);
    }
    redact_stream(payload.subspan(unknown), state, names_, tally_);
    // An urgent byte is not part of what is read in line.
    if (record.missing != MissingCause::urgent) state.skip(record.original_size - payload.size());
    reach(stream, record.position + record.original_size, state);
}

void ConnectionRedactor::close(const SocketId& socket) {
    forget({socket, Direction::send});
    forget({socket, Direction::recv});
}

ConnectionRedactor::Stream& ConnectionRedactor::stream_of(const Key& key) {
    const auto known = by_key_.find(key);
    if (known != by_key_.end()) {
        streams_.splice(streams_.begin(), streams_, known->second);
        return streams_.front();
    }
    if (streams_.size() == kMaxDirections) forget(Key(streams_.back().key));
    streams_.push_front({.key = key, .places = {}});
    by_key_[key] = streams_.begin();
    return streams_.front();
}

void ConnectionRedactor::forget(const Key& key) {
    const auto known = by_key_.find(key);
    if (known == by_key_.end()) return;
    streams_.erase(known->second);
    by_key_.erase(known);
}

// How much of what begins at `position` comes before a place that is known: all, nothing, or what
// was seen before is seen again from somewhere within.
std::size_t ConnectionRedactor::size_before_place(const Stream& stream, std::uint64_t position,
                                                  std::size_t size) {
    for (const Place& place : stream.places) {
        if (place.position >= position && place.position - position < size)
            size = static_cast<std::size_t>(place.position - position);
    }
    return size;
}

// Where no record began or ended before, it is a guess.
StreamState ConnectionRedactor::state_at(const Stream& stream, std::uint64_t position) {
    if (stream.places.empty()) return {};
    const Place* before = nullptr;
    bool is_beyond_all = true;
    for (const Place& place : stream.places) {
        if (place.position == position) return place.state;
        if (place.position > position) {
            is_beyond_all = false;
        } else if (before == nullptr || place.position > before->position) {
            before = &place;
        }
    }
    StreamState state;
    if (before != nullptr && is_beyond_all) {
        state = before->state;
        state.skip(position - before->position);
    } else {
        state.lose();
    }
    return state;
}

void ConnectionRedactor::reach(Stream& stream, std::uint64_t position, const StreamState& state) {
    std::erase_if(stream.places, [&](const Place& place) { return place.position == position; });
    if (stream.places.size() == kMaxPlaces) stream.places.erase(stream.places.begin());
    stream.places.push_back({position, state});
}

}  // namespace httpprof::format
