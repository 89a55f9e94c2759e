// httpprof record --check: what this host supports, as a table for people.
#pragma once

#include <string>
#include <vector>

#include "record/preflight.h"

namespace httpprof::cli {

// One line for each finding, and a last one with the verdict.
std::string check_table(const std::vector<record::Finding>& findings);

// Prints the table of this host on standard output; the exit status: 1 where it cannot record.
int run_check();

}  // namespace httpprof::cli
