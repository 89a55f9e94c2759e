// A system call that moved bytes, put together of its records: of many buffers there are several.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/record.h"
#include "replay/boundary.h"
#include "replay/transfer.h"

namespace httpprof::replay {

class Call {
  public:
    // `segment`: what is transferred.
    Call(const Transfer& transfer, const Segment& segment, std::int64_t realtime_ns);

    // Takes the next transfer, if it goes on with the bytes of the call and they still fit into one
    // packet.
    bool take(const Transfer& next);
    // Lives as long as the call does not change.
    Transfer transfer() const;
    std::int64_t realtime_ns() const { return realtime_ns_; }

  private:
    bool goes_on_with(const Transfer& next, const Segment& segment) const;

    std::uint64_t connection_;
    format::Socket socket_;
    format::Direction direction_;
    std::optional<std::uint64_t> other_end_;
    std::int64_t realtime_ns_;
    Segment segment_;  // but for its bytes
    std::string bytes_;
    std::vector<Boundary> boundaries_;
};

}  // namespace httpprof::replay
