#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "replay/protocol/conversation.h"

namespace httpprof::replay {

// The heads of requests that were last written to a file, and likewise when they are read again in
// the same order. Responses to one request have its head in common, which may be ten thousand times
// as long as they are, and is written once for those that follow each other on a connection.
class RecentHeads {
  public:
    std::shared_ptr<const RequestHead>& of(std::uint64_t connection) {
        return heads_[connection % heads_.size()];
    }

  private:
    std::array<std::shared_ptr<const RequestHead>, 4> heads_;
};

}  // namespace httpprof::replay
