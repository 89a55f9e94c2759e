// A small clean capture with a frame of every type; of a Signature, where one is asked for.
#pragma once

#include <string>

#include "format/writer.h"

namespace httpprof::test {

// Everything between the HeaderCopy and the End.
void write_sample(format::CaptureWriter& writer);

format::Stats sample_stats();

// Frames 0 to 6: Header, HeaderCopy, Clock, Records, Snapshot, Stats, End.
std::string sample_capture(const format::WriteOptions& options = {.zstd_level = 3});

}  // namespace httpprof::test
