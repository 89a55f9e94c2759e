// A temporary file for what does not fit into memory. It has no name and vanishes with the process.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "format/descriptor.h"
#include "format/result.h"

namespace httpprof::replay {

// Some bytes in the file.
struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

// Its space is used again once nothing that was written is wanted any more. The file is made at the
// first write, in $TMPDIR or else /tmp. May be used by several threads at once.
class Spool {
  public:
    Result<Extent> write(std::string_view bytes);
    // Appends the bytes of the extent to `to`.
    Result<void> read(Extent extent, std::string& to) const;
    // The bytes of the extent are not wanted any more.
    void drop(Extent extent);

  private:
    Result<void> open();

    mutable std::mutex mutex_;
    std::optional<format::Descriptor> file_;
    std::string folder_;  // for messages
    std::uint64_t size_ = 0;
    std::uint64_t wanted_ = 0;  // bytes
};

}  // namespace httpprof::replay
