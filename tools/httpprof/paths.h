// What the commands must know of the paths that they are given.
#pragma once

#include <string>
#include <vector>

namespace httpprof::cli {

// Two names of one file, though it may not be there yet, in which one use would spoil the other;
// devices and pipes may be named twice, but not "-".
bool is_same_file(const std::string& a, const std::string& b);

// Why the command line is wrong, or nothing: `output`, a path or "-", would be written over one of
// the captures that are read, which are named as for open_capture().
std::string conflict_with_inputs(const std::vector<std::string>& inputs, const std::string& output);

// The same of an output that is a capture, as OutputFile makes it.
std::string conflict_with_sources(const std::vector<std::string>& sources,
                                  const std::string& output);

}  // namespace httpprof::cli
