// Messages as bytes in a temporary file of this process: no format that anybody else reads.
#pragma once

#include <string>
#include <string_view>

#include "replay/recent_heads.h"
#include "replay/timeline.h"

namespace httpprof::replay {

// `recent`: one for all that is read again in one go.
void append_encoded(std::string& bytes, const PlacedMessage& placed, RecentHeads& recent);
// Takes one message from the front of bytes that append_encoded wrote.
PlacedMessage take_encoded(std::string_view& bytes, RecentHeads& recent);

}  // namespace httpprof::replay
