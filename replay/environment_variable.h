// What a process was told by its environment.
#pragma once

#include <string_view>

namespace httpprof::replay {

// The value of the first variable of this name in NUL-terminated NAME=VALUE; empty when it is not
// there.
std::string_view environment_variable(std::string_view environment, std::string_view name);

}  // namespace httpprof::replay
