// Messages as bytes in a temporary file of this process: no format that anybody else reads.
#pragma once

#include <string>
#include <string_view>

#include "replay/timeline.h"

namespace httpprof::replay {

void append_encoded(std::string& bytes, const PlacedMessage& placed);
// Takes one message from the front of bytes that append_encoded wrote.
PlacedMessage take_encoded(std::string_view& bytes);

}  // namespace httpprof::replay
