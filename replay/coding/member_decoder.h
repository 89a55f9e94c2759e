// What undoing a coding needs to know about it. Its data is a row of members that can each be
// decoded alone: gzip members, zstd frames; of other codings there is just one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace httpprof::replay {

class MemberDecoder {
  public:
    enum class State : std::uint8_t {
        inside,  // the member goes on: with more input, or with more room where all was filled
        ended,   // its last byte was read and all of it is written
        damaged,
        window_too_large,
    };

    struct Step {
        std::size_t read = 0;
        std::size_t written = 0;
        State state = State::inside;
    };

    virtual ~MemberDecoder() = default;

    // How many bytes show that a member starts, and that may be all that there is of one.
    virtual std::size_t start_size() const = 0;

    // Whether a member can start with `start`, at most start_size() bytes, and whether another one
    // can follow it.
    virtual bool can_start_with(std::string_view start) const = 0;
    virtual bool repeats() const = 0;

    // Gets ready for a member, which starts with the start_size() bytes of `start`. They are the
    // first bytes that decode() gets.
    virtual void begin(std::string_view start) = 0;

    // `room` is never empty. Reads or writes something unless `input` is empty or the member ends
    // or is damaged.
    virtual Step decode(std::string_view input, std::span<char> room) = 0;
};

}  // namespace httpprof::replay
