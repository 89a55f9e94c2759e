// The bytes of a capture in order, from a file or a pipe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

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

    // Reads until `into` is full; fewer bytes mean that the input has ended.
    Result<std::size_t> read(std::span<std::byte> into);

    // Passes over everything up to the end, or up to the first error.
    void skip_rest();

    // How many bytes were read or passed over.
    std::uint64_t offset() const { return offset_; }
    const std::string& name() const { return name_; }

  private:
    Result<std::size_t> read_some(std::span<std::byte> into);
    bool wait_for_bytes() const;

    Descriptor descriptor_;
    std::string name_;
    int cancel_ = -1;
    bool regular_file_;  // a read of it never waits
    std::uint64_t offset_ = 0;
};

}  // namespace httpprof::format
