// What a redaction overwrote, by what it was.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "format/frame.h"

namespace httpprof::format {

enum class Redacted : std::uint8_t {
    header,
    parameter,  // of a query, a form or whatever else says name=value
    field,      // of JSON
    password,   // scheme://user:password@host
    variable,
    argument,
    uncertain,  // what may be the rest of a secret whose beginning the capture does not have
};

class RedactionTally {
  public:
    void add_value(Redacted what) { ++of(what).values; }
    void add_bytes(Redacted what, std::uint64_t bytes) { of(what).bytes += bytes; }

    // Those that are not 0, as the changes of an End frame: "redacted-header", ...
    std::vector<Counter> counters() const;

  private:
    struct Count {
        std::uint64_t values = 0;
        std::uint64_t bytes = 0;
    };

    Count& of(Redacted what) { return counts_[static_cast<std::size_t>(what)]; }

    std::array<Count, 7> counts_{};
};

}  // namespace httpprof::format
