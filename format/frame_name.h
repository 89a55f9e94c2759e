// Names of frame types, as they appear in outputs.
#pragma once

#include <cstdint>
#include <string>

namespace httpprof::format {

// "header", "records", ...; "type 99" for one that is not known.
std::string frame_name(std::uint8_t type);

}  // namespace httpprof::format
