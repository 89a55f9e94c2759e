// Decoding of zstd data that others made (RFC 8878), one frame at a time and in pieces of any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace httpprof::format {

class ZstdStream {
  public:
    enum class State : std::uint8_t {
        inside,  // the frame goes on: with more input, or with more room where all of it was filled
        ended,   // its last byte was read and all of it is written; more input is another frame
        damaged,
        window_too_large,
    };

    struct Step {
        std::size_t read = 0;
        std::size_t written = 0;
        State state = State::inside;
    };

    // Refuses frames that need more than 2 to the power of `window_log` bytes to look back at;
    // that, and a fixed amount, is what the stream needs of memory.
    explicit ZstdStream(int window_log);
    ~ZstdStream();

    // Frames are standard or skippable ones. The caller looks at their magic numbers: the library
    // may take others too. Nothing can be decoded after `damaged` or `window_too_large`.
    Step decode(std::span<const std::byte> from, std::span<std::byte> to);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace httpprof::format
