// What is in a capture, for people: "name: value" lines.
#pragma once

#include <string>

#include "format/info.h"

namespace httpprof::cli {

// Control characters are escaped. `file` is its path, as it was given.
std::string info_text(const std::string& file, const format::CaptureInfo& info);

}  // namespace httpprof::cli
