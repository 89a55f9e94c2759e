// Messages whose content is part of something longer (RFC 9110, 14).
#pragma once

#include "replay/message.h"

namespace httpprof::replay {

// Whether the content is a range of a representation, or several. Ranges are of what the content
// codings made, so that these cannot be undone.
bool is_partial(const Message& message);

}  // namespace httpprof::replay
