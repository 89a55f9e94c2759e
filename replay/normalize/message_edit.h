// Changes parts of a message so that all it says of itself stays true.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/message.h"

namespace httpprof::replay {

// A part of a text, not empty, and what is to stand there.
struct Edit {
    Range range;
    std::string text;
};

// By place. Of those that overlap the first one stays, or that which was named first.
void put_in_order(std::vector<Edit>& edits);

// The edits are in order.
std::string edited(std::string_view text, const std::vector<Edit>& edits);

// Edits of Message::raw, in any order. What stands behind them moves; the sizes of the message and
// its body change, and with them what Content-Length and the chunks say of it. A place within what
// is edited stays as far from its begin, or comes to its new end.
void apply_edits(Message& message, std::vector<Edit> edits);

}  // namespace httpprof::replay
