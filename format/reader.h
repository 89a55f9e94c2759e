// Reads a capture from a descriptor, a pipe included, and trusts nothing in it.
#pragma once

#include <memory>
#include <string>

#include "format/record_source.h"

namespace httpprof::format {

// Opens `path` ("-" is standard input; "x" also finds "x.part", what a recorder left that did not
// end). `jobs` is the number of threads that decode frames, at least 1; the frames and their order
// do not depend on it. Fails when the file cannot be opened or does not start like a capture of
// this major version.
//
// A frame whose digest or content is wrong gives a Damage in its place. A file that ends without an
// End frame, in the middle of a frame, or with bytes that are not the next frame gives every frame
// before that place and then one Damage.
Result<std::unique_ptr<RecordSource>> open_capture(const std::string& path, unsigned jobs);

// The same from an open descriptor, which it takes over. `name` is for messages.
Result<std::unique_ptr<RecordSource>> read_capture(int descriptor, const std::string& name,
                                                   unsigned jobs);

}  // namespace httpprof::format
