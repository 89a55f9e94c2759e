// Frames as a reader gives them, and the text that a dump makes of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "format/frame.h"
#include "replay/emit/output.h"

namespace httpprof::replay {

// Of wire records, frame 3 at byte 500. `records` must outlive it.
format::Frame records_frame(const std::vector<std::string>& records);

// Of anything else, frame 4 at byte 900.
format::Frame frame_of(format::FrameType type, format::FrameContent content);

using Dump = std::function<Result<void>(const format::Frame&, Output&)>;

std::string dumped(const Dump& dump, const format::Frame& frame);

std::vector<std::string> lines_of(const std::string& text);

}  // namespace httpprof::replay
