// Keeps variables that nobody wants to see out of the capture.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace httpprof::record {

// Of NUL-terminated NAME=VALUE entries those whose names start with one of `prefixes`, and blank
// ones at the beginning, which tell that the process wrote a title over its environment.
std::string keep_variables(std::string_view entries, const std::vector<std::string>& prefixes);

// The same for the environment in a process record (WIRE_PROCESS of bpf/wire.h).
std::string keep_variables_of_record(std::string_view record,
                                     const std::vector<std::string>& prefixes);

}  // namespace httpprof::record
