// What came of a stream while its parser waits for the answer that tells what protocol it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "format/record.h"
#include "replay/message.h"
#include "replay/protocol/origin_buffer.h"

namespace httpprof::replay {

class HeldStream {
  public:
    struct Piece {
        OriginBuffer bytes;
        std::uint64_t gap = 0;  // bytes missing behind these; 0 for none
        format::MissingCause cause = format::MissingCause::none;
        Origin gap_origin = {};
    };

    // `limit`: bytes that may be held.
    explicit HeldStream(std::uint64_t limit) : limit_(limit) {}

    void add(std::string_view bytes, const Origin& origin);
    void add_gap(std::uint64_t length, format::MissingCause cause, const Origin& origin);
    // Whether so many bytes more, or a gap, may be held.
    bool has_room_for(std::size_t bytes) const;
    // CLOCK_BOOTTIME of the first of it; none where nothing is held.
    std::optional<std::uint64_t> since_ns() const;
    std::size_t memory() const;
    // In order; nothing is held then.
    std::vector<Piece> take();

  private:
    bool has_open_piece() const { return !pieces_.empty() && pieces_.back().gap == 0; }
    Piece& open_piece();

    std::uint64_t limit_;
    std::vector<Piece> pieces_;
    std::uint64_t size_ = 0;  // of the bytes
};

}  // namespace httpprof::replay
