// What the commands that make captures out of others say at their end.
#pragma once

#include "format/edit/transform.h"
#include "format/result.h"
#include "tools/httpprof/write_options.h"

namespace httpprof::cli {

// Reports what was written and what was left out, or the error. The exit status: 0, 1, or 3 where
// something of the sources could not be read.
int report_outcome(const Result<format::EditOutcome>& outcome, const WriteArguments& arguments);

}  // namespace httpprof::cli
