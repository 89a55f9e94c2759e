// One direction of a connection: puts records at their TCP position and hands on what is new, in
// order. What the capture does not have becomes a gap of exact length.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "format/record.h"
#include "replay/message.h"
#include "replay/tally.h"

namespace httpprof::replay {

// A range of the stream and the first of its bytes; fewer than `size` where some are missing.
struct Segment {
    Origin origin;
    std::uint64_t position = 0;
    std::uint64_t other_position = 0;  // where the other direction stood; 0 when not known
    std::uint64_t size = 0;            // position + size does not overflow
    format::MissingCause missing = format::MissingCause::none;
    std::string_view bytes;
};

// How a direction ended.
enum class StreamEnd : std::uint8_t {
    fin,    // everything up to the FIN was handed on
    close,  // with its socket
    cut,    // the capture ends; the stream may have gone on
};

// Where a direction stood when its socket went: one past the last byte of its kind, 0 when not
// known.
struct Reach {
    std::uint64_t moved = 0;    // that the process wrote or read
    std::uint64_t arrived = 0;  // that there was to read
};

class StreamSink {
  public:
    virtual ~StreamSink() = default;
    virtual void on_bytes(std::string_view bytes, const Origin& origin) = 0;
    virtual void on_gap(std::uint64_t length, format::MissingCause cause, const Origin& origin) = 0;
    // Once, at the end.
    virtual void on_end(StreamEnd end) = 0;
};

class Stream {
  public:
    // Both must outlive the stream.
    Stream(StreamSink& sink, Tally& tally) : sink_(sink), tally_(tally) {}

    // How many bytes before `position` are still to come. The first segment starts the stream,
    // unless its start is known.
    std::uint64_t missing_before(std::uint64_t position) const;
    bool is_ahead(std::uint64_t position) const { return missing_before(position) > 0; }
    // After all that was handed on, what is being handed on included.
    std::uint64_t position() const { return position_; }

    // The stream begins at `position`, for all that is known. Bytes before that still count while
    // none were handed on.
    void start_at(std::uint64_t position);
    // Takes a segment that is not ahead; what was handed on before is dropped.
    void add(const Segment& segment);
    // No record will fill the hole before `position`.
    void lose_until(std::uint64_t position, const Origin& origin);
    // A FIN says where the stream ends; segments before that may still come. A socket that is shut
    // down and then closed says it again, behind the FIN itself, which takes a number: the first
    // one counts.
    void end_at(std::uint64_t position);
    // The socket is gone. What is missing was lost, or, as far as it arrived, never read.
    void close(const Reach& reach, const Origin& origin);
    // The capture ends here; the stream may have gone on.
    void cut();

  private:
    void skip_until(std::uint64_t position, format::MissingCause cause, const Origin& origin);
    void gap(std::uint64_t length, format::MissingCause cause, const Origin& origin);
    void end_when_complete();
    void end(StreamEnd how);

    StreamSink& sink_;
    Tally& tally_;
    std::optional<std::uint64_t> next_;  // position of the next byte to hand on
    std::optional<std::uint64_t> end_;   // position after the last byte, from the FIN
    std::uint64_t position_ = 0;
    bool has_begun_ = false;  // something was handed on
    bool ended_ = false;
};

}  // namespace httpprof::replay
