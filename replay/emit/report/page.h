// The page of `httpprof report` without its data, as built from the sources beside this file.
#pragma once

#include <string_view>

namespace httpprof::replay {

// What stands before the data blocks (README.md in this folder), and what stands after them.
std::string_view report_page_head();
std::string_view report_page_tail();

}  // namespace httpprof::replay
