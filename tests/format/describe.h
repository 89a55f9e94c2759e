// Frames as text, so that tests can compare them whole and show what differs.
#pragma once

#include <string>
#include <vector>

#include "format/frame.h"

namespace httpprof::test {

std::string describe(const format::FrameContent& content);
// With its number and offset.
std::string describe(const format::Frame& frame);
std::vector<std::string> describe(const std::vector<format::Frame>& frames);

}  // namespace httpprof::test
