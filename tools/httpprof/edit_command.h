// What the commands that make a capture out of others have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "format/edit/transform.h"
#include "format/result.h"
#include "tools/httpprof/capture_options.h"
#include "tools/httpprof/write_options.h"

namespace httpprof::cli {

struct EditArguments {
    CaptureOptions capture;
    WriteArguments write;
};

using Edit = std::function<Result<format::EditOutcome>(const format::ReadOptions&,
                                                       const format::DeriveOptions&)>;

void add_edit_options(CLI::App& command, int argc, char** argv, EditArguments& arguments);

// Calls `edit` where the options allow it. Reports what was written and what was left out, or the
// error. The exit status: 0; 1, it failed; 2, the output is one of `inputs`; 3, something of these
// could not be read.
int run_edit(const std::vector<std::string>& inputs, const EditArguments& arguments,
             const Edit& edit);

}  // namespace httpprof::cli
