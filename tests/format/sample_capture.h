// A small clean capture with a frame of every type.
#pragma once

#include <string>

#include "format/writer.h"

namespace httpprof::test {

// Everything between the Header and the End.
void write_sample(format::CaptureWriter& writer);

format::Stats sample_stats();

std::string sample_capture();

}  // namespace httpprof::test
