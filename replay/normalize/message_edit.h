// Changes parts of a message so that all it says of itself stays true.
#pragma once

#include <string>
#include <vector>

#include "replay/message.h"

namespace httpprof::replay {

// A part of Message::raw, not empty, and what is to stand there.
struct Edit {
    Range range;
    std::string text;
};

// Edits, in order and without overlap; each lies within a range of the message or is one. What
// stands behind them moves, and the message's size changes.
void apply_edits(Message& message, const std::vector<Edit>& edits);

}  // namespace httpprof::replay
