// Bytes of a stream that cannot be judged yet, and where each of them came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replay/message.h"

namespace httpprof::replay {

class OriginBuffer {
  public:
    struct Run {
        std::size_t start = 0;  // of the run's first byte in the buffer
        Origin origin;
    };

    bool empty() const { return bytes_.empty(); }
    std::size_t size() const { return bytes_.size(); }
    std::size_t memory() const { return bytes_.capacity() + runs_.capacity() * sizeof(Run); }
    // Valid until the buffer changes.
    std::string_view view() const { return bytes_; }
    // The buffer must not be empty.
    const Origin& first_origin() const { return runs_.front().origin; }

    // Whether the byte at `position` came from another origin than the one before it, and at least
    // `size` bytes with it.
    bool begins_run(std::size_t position, std::size_t size) const;

    // The first bytes reserve room for `expected`, to save growing step by step.
    void append(std::string_view bytes, const Origin& origin, std::size_t expected = 0);
    void drop_front(std::size_t count);
    // Removes and returns the bytes from `position` on.
    OriginBuffer split_off(std::size_t position);
    void clear();

    // use(bytes, origin) for each run of bytes from one origin, in order.
    template <typename Use>
    void for_each_run(Use use) const {
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            const auto end = i + 1 < runs_.size() ? runs_[i + 1].start : bytes_.size();
            use(view().substr(runs_[i].start, end - runs_[i].start), runs_[i].origin);
        }
    }

  private:
    std::string bytes_;
    std::vector<Run> runs_;
};

}  // namespace httpprof::replay
