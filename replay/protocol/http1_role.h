// Whether what looks like a start line is taken for one, by the kind of messages of its stream.
#pragma once

#include <optional>
#include <string_view>

#include "replay/message.h"
#include "replay/protocol/http1_head.h"

namespace httpprof::replay {

// `role`: the kind of the messages, where it is known.
bool fits_role(const StartLine& line, std::optional<Message::Kind> role);

// What parse_cut_start_line() finds, where it is taken for the beginning of a start line.
std::optional<StartLine> read_cut_start_line(std::string_view beginning,
                                             std::optional<Message::Kind> role);

}  // namespace httpprof::replay
