// Chunks as one: where a relay or a client cuts what it passes on depends on when it came.
#pragma once

#include "replay/message.h"

namespace httpprof::replay {

// Makes one chunk of the data of all, its size in lower case and without zeros in front. Sizes and
// offsets follow. A message of which something is missing stays as it is, and so does one whose
// chunks have extensions or anything else that is not needed.
void join_chunks(Message& message);

}  // namespace httpprof::replay
