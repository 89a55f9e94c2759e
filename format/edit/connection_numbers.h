// Numbers the connections of a capture as the analyzer does.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "format/record.h"
#include "format/result.h"

namespace httpprof::format {

class ConnectionNumbers {
  public:
    // Numbers beyond `last` are not asked for.
    explicit ConnectionNumbers(std::uint64_t last) : last_(last) {}

    // To be called for every data record, whichever connection it is of. An Error when more
    // connections are open at a time than memory is meant for.
    Result<void> note(const DataRecord& record);
    void note(const CloseRecord& record);

    // Nothing when no data record of it came, or its number is beyond the last.
    std::optional<std::uint64_t> of(const Socket& socket) const;

  private:
    std::uint64_t last_;
    std::uint64_t count_ = 0;
    std::map<Socket, std::uint64_t> open_;
};

}  // namespace httpprof::format
