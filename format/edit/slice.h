// Makes a capture of a part of another: of a time range, of processes, of connections.
#pragma once

#include <string>
#include <vector>

#include "format/edit/derived_capture.h"
#include "format/edit/slice_filter.h"
#include "format/edit/transform.h"
#include "format/reader.h"
#include "format/result.h"

namespace httpprof::format {

// `inputs` are one capture or the segments of one. With each record that is kept comes what was
// said of its process, also before the range, and the end of a direction of its connection.
Result<EditOutcome> slice_captures(const std::vector<std::string>& inputs,
                                   const ReadOptions& reading, const SliceFilter& filter,
                                   const DeriveOptions& writing);

}  // namespace httpprof::format
