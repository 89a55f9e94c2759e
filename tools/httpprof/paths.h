// What the commands must know of the paths that they are given.
#pragma once

#include <string>

namespace httpprof::cli {

// Two names of one file, in which one use would spoil the other; devices may be named twice.
bool is_same_file(const std::string& a, const std::string& b);

}  // namespace httpprof::cli
