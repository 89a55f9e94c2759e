// The fixed part of a wire record, made again from what its typed form knows of it.
#pragma once

#include <cstddef>
#include <string>

#include "format/record.h"

namespace httpprof::replay {

// Of `record_size` bytes in all; as version 1 of the wire records has it, with reserved bytes 0 and
// zeros behind comm. A malformed record has none, which is empty.
std::string fixed_part(const format::Record& record, std::size_t record_size);

}  // namespace httpprof::replay
