// Reads a stream backwards: from a place in a piece of it into what came before that piece.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "format/characters.h"
#include "format/redaction/stream_state.h"

namespace httpprof::format {

// A place among the last bytes of a stream, from which to go back. Cheap to copy.
class LookBack {
  public:
    // What is no byte: before the first one of a line that is known to begin there, before missing
    // bytes, and further back than is remembered.
    static constexpr int kStartOfLine = -1;
    static constexpr int kMissing = -2;
    static constexpr int kTooFar = -3;

    // Bytes that can be read: a name of 64 and the quotes around it. The tail has some more for the
    // lines between chunks.
    static constexpr std::size_t kReach = 66;
    static_assert(kReach <= StreamState::kBoundarySize);

    // `beyond` is what stands before the first of `bytes`, which must outlive this.
    LookBack(std::string_view bytes, int beyond)
        : bytes_(bytes), beyond_(beyond), place_(bytes.size()) {}

    // The byte before this place, or one of the above.
    int peek() const {
        if (read_ >= kReach) return kTooFar;  // wherever the piece begins
        return at(place_);
    }

    int previous() {
        const int byte = peek();
        if (byte < 0) return byte;
        ++read_;
        --place_;
        return byte;
    }

    void skip_blanks() {
        while (is_blank(peek()))
            previous();
    }

    void skip_carriage_return() {
        if (peek() == '\r') previous();
    }

    // Passes over the line between two chunks of a body, where one ends. Whether there was one.
    bool skip_chunk_line();

    // The bytes from here to a place further on.
    std::string_view up_to(const LookBack& later) const {
        return bytes_.substr(place_, later.place_ - place_);
    }

    // All that can be read.
    std::string_view rest() const {
        const std::size_t size = std::min(place_, kReach - read_);
        return bytes_.substr(place_ - size, size);
    }

  private:
    // The byte before a place.
    int at(std::size_t place) const {
        return place == 0 ? beyond_ : static_cast<unsigned char>(bytes_[place - 1]);
    }

    std::string_view bytes_;
    int beyond_;
    std::size_t place_;
    std::size_t read_ = 0;
};

// What came before a byte of a piece; partly in the tail of the state, as the case may be.
class PrecedingBytes {
  public:
    // `piece` must outlive this.
    PrecedingBytes(const StreamState& state, std::span<const char> piece, std::size_t end);
    PrecedingBytes(const PrecedingBytes&) = delete;
    PrecedingBytes& operator=(const PrecedingBytes&) = delete;

    // Good as long as this.
    LookBack look_back() const { return {bytes_, beyond_}; }

  private:
    std::array<char, StreamState::kTailSize> joined_;  // only written where the tail is needed
    std::string_view bytes_;
    int beyond_ = LookBack::kTooFar;
};

}  // namespace httpprof::format
