// Bounds what open and waiting messages take in memory: beyond the limit their bytes go to a
// temporary file until the messages are emitted.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "format/result.h"
#include "replay/message.h"
#include "replay/spool.h"

namespace httpprof::replay {

// Counts and moves; who holds the messages decides which go. For one thread, but for restore().
class MessageStore {
  public:
    static constexpr std::size_t kDefaultLimit = 64 * 1024 * 1024;

    explicit MessageStore(std::size_t limit = kDefaultLimit) : limit_(limit) {}

    void grow(std::size_t bytes) { used_ += bytes; }
    void shrink(std::size_t bytes) { used_ -= bytes; }
    bool is_full() const { return used_ > limit_; }
    std::size_t used() const { return used_; }
    std::size_t limit() const { return limit_; }

    // Writes to the file, and reads what is then not wanted there any more. False and nothing when
    // that fails; error() has it from then on.
    std::optional<Extent> write(std::string_view bytes);
    bool take_back(Extent extent, std::string& to);

    // Moves the bytes behind the header section that the message has in memory to the file, and
    // counts them off. When that fails they stay where they are.
    void put_away(Message& message);
    // Brings all raw bytes of the message back. May be called on another thread.
    Result<void> restore(Message& message);

    const std::optional<Error>& error() const { return error_; }

  private:
    const std::size_t limit_;
    std::size_t used_ = 0;
    Spool spool_;
    std::optional<Error> error_;
};

}  // namespace httpprof::replay
