#include "tools/httpprof/merge.h"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "format/edit/merge.h"
#include "tools/httpprof/capture_options.h"
#include "tools/httpprof/edit_report.h"
#include "tools/httpprof/paths.h"
#include "tools/httpprof/report.h"
#include "tools/httpprof/write_options.h"

namespace httpprof::cli {
namespace {

struct MergeArguments {
    std::vector<std::string> inputs;
    CaptureOptions capture;
    WriteArguments write;
};

int run_merge(const MergeArguments& arguments) {
    if (const std::string problem = conflict_with_sources(arguments.inputs, arguments.write.output);
        !problem.empty())
        return fail_command_line(problem);
    const auto reading = read_options(arguments.capture);
    if (!reading) return fail(reading.error());
    const auto writing = derive_options(arguments.write);
    if (!writing) return fail(writing.error());
    return report_outcome(format::merge_captures(arguments.inputs, *reading, *writing),
                          arguments.write);
}

}  // namespace

void add_merge(CLI::App& app, int argc, char** argv, int& exit_status) {
    CLI::App* command = app.add_subcommand(
        "merge", "Join the segments of a recording, or captures of one host, into one capture");
    auto arguments = std::make_shared<MergeArguments>();
    command->add_option("FILE", arguments->inputs, "Captures of one boot of one host")->required();
    add_capture_options(*command, arguments->capture);
    add_write_options(*command, argc, argv, arguments->write);
    command->footer("Exit status: 0; 3, something of a FILE could not be read; 1, it failed.");
    command->callback([arguments, &exit_status] { exit_status = run_merge(*arguments); });
}

}  // namespace httpprof::cli
