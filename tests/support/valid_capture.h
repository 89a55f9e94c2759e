// A small capture in which everything is as it should be.
#pragma once

#include <string>

#include "format/writer.h"
#include "tests/support/capture_bytes.h"

namespace httpprof::test {

struct ValidCapture {
    format::Header header = sample_header();
    format::WriteOptions write = {};
    bool with_end = true;
};

// Frames 0 to 7: Header, HeaderCopy, Clock at 1 s, Records (a process, 3 data records of 2
// connections), Stats at 3 s, Clock at 11 s (set back by an hour), Records (a close), End at 12 s;
// and a Signature where one is asked for. 2 records were lost.
std::string valid_capture(const ValidCapture& settings = {});

}  // namespace httpprof::test
