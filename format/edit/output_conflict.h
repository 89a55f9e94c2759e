// Whether a derived capture would be written over one that it is made of.
#pragma once

#include <string>
#include <vector>

#include "format/result.h"

namespace httpprof::format {

// Both as for open_capture() and OutputFile, ".part" and "-" included. An Error names the one that
// is input and output.
Result<void> check_output(const std::string& output, const std::vector<std::string>& inputs);

}  // namespace httpprof::format
