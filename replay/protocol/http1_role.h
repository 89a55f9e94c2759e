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

// In place of content that need not come, the next message of that kind may begin. Whether a line,
// which is whole, is its start line;
bool is_start_line(std::string_view line, Message::Kind kind);
// whether bytes, with what follows, may be;
bool may_be_start_line(std::string_view bytes, Message::Kind kind);
// whether those that a gap cuts off are taken for it.
bool is_like_start_line(std::string_view bytes, Message::Kind kind);

}  // namespace httpprof::replay
