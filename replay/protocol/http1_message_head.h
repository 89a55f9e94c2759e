// Puts into a message what its start line and header section say, and notes what is odd in them.
#pragma once

#include <cstddef>
#include <string_view>

#include "replay/message.h"
#include "replay/protocol/http1_head.h"
#include "replay/protocol/http1_lines.h"

namespace httpprof::replay {

// `head`: the bytes of `message`, which is new; `line` begins at `start` of it and points into it.
// `index`: of the lines from `start` on, without those that are cut off.
void fill_message(std::string_view head, std::size_t start, const StartLine& line,
                  const LineIndex& index, Message& message);

// The same where nothing follows `line`, whose end is not there.
void fill_cut_message(std::string_view head, std::size_t start, const StartLine& line,
                      Message& message);

}  // namespace httpprof::replay
