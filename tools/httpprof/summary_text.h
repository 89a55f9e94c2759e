// The summary of an analysis, for a person.
#pragma once

#include "replay/analyzer.h"

namespace httpprof::cli {

// Writes to standard error: what was found and what is odd about it, what was lost, and what
// was left out.
void report_summary(const replay::Summary& summary);

}  // namespace httpprof::cli
