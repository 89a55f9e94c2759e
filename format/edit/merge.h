// Makes one capture of several.
#pragma once

#include <string>
#include <vector>

#include "format/edit/derived_capture.h"
#include "format/edit/transform.h"
#include "format/reader.h"
#include "format/result.h"

namespace httpprof::format {

// `inputs` are captures of one boot of one host: the segments of a recording follow each other,
// recordings run side by side by the times of their records. The order within a file stays.
Result<EditOutcome> merge_captures(const std::vector<std::string>& inputs,
                                   const ReadOptions& reading, const DeriveOptions& writing);

}  // namespace httpprof::format
