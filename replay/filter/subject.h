// What a filter is asked about: an HTTP message, and the exchange that it is part of.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "replay/filter/field.h"

namespace httpprof::replay {

// Each method adds the values that a field has: none where it does not apply or is not known, more
// than one where it occurs more than once.
//
// `method`, `url`, `host`, `path`, `query`, `status` and `latency` are those of the exchange, of a
// request as of its response, as far as they are known. So a filter about both finds both. All
// other fields are those of the message itself.
class FilterSubject {
  public:
    virtual ~FilterSubject() = default;

    // The values are good until the next call of any method.
    virtual void texts(TextField field, std::vector<std::string_view>& values) = 0;
    // Names are compared without regard to case (RFC 9110, 5.1).
    virtual void headers(std::string_view name, std::vector<std::string_view>& values) = 0;
    virtual void numbers(NumberField field, std::vector<std::uint64_t>& values) = 0;
};

}  // namespace httpprof::replay
