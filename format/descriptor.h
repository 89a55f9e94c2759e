// An open file descriptor, closed with its owner, and the words for what the system refused.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "format/result.h"

namespace httpprof::format {

// "WHAT: STRERROR". `code` is an errno.
Error system_error(const std::string& what, int code);

class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int value) : value_(value) {}  // takes it over; negative is none
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();

    int get() const { return value_; }
    bool open() const { return value_ >= 0; }
    // Gives up ownership.
    int release() { return std::exchange(value_, -1); }
    bool is_regular_file() const;

  private:
    int value_ = -1;
};

// The first `limit` bytes, or all where there are fewer. `what` begins the message of an Error.
Result<std::string> read_up_to(int descriptor, std::size_t limit, const std::string& what);

// Writes all of `bytes`, waiting where the descriptor does not block. `name` is for messages. EPIPE
// is an Error with `reader_is_gone`.
Result<void> write_all(int descriptor, std::span<const std::byte> bytes, const std::string& name);

}  // namespace httpprof::format
