// The bytes of a capture in order, from a file or a pipe, with as many of them in view as a reader
// needs to decide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "format/descriptor.h"
#include "format/result.h"

namespace httpprof::format {

class Input {
  public:
    // `name` is for messages.
    Input(Descriptor descriptor, std::string name);

    // When `descriptor` becomes readable, a read that waits for a pipe gives up, and every later
    // one at once. It must outlive the input; -1 is none.
    void set_cancel(int descriptor) { cancel_ = descriptor; }

    // The next `size` bytes, good until the next call; fewer mean that the input ends with them.
    // Memory grows with what arrives, not with what is asked for.
    Result<std::span<const std::byte>> peek(std::size_t size);

    // Passes over bytes that were in view.
    void consume(std::size_t size);

    // The next bytes, which are passed over; how many: fewer than there is room for mean that the
    // input ends with them. They are not copied through the memory of what is in view.
    Result<std::size_t> read(std::span<std::byte> into);

    // Gives back bytes that were read or passed over last, to be the next ones again.
    void unread(std::span<const std::byte> bytes);

    // Of the next byte in the input.
    std::uint64_t offset() const { return offset_; }
    const std::string& name() const { return name_; }

  private:
    Result<std::size_t> read_some(std::span<std::byte> into);
    void make_room(std::size_t size);
    bool wait_for_bytes() const;

    Descriptor descriptor_;
    std::string name_;
    int cancel_ = -1;
    bool regular_file_;  // a read of it never waits
    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0;  // of what was read and not passed over
    std::size_t end_ = 0;
    std::uint64_t offset_ = 0;
};

}  // namespace httpprof::format
