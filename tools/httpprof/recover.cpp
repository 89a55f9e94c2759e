#include "tools/httpprof/recover.h"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "format/edit/transform.h"
#include "tools/httpprof/capture_options.h"
#include "tools/httpprof/edit_report.h"
#include "tools/httpprof/paths.h"
#include "tools/httpprof/report.h"
#include "tools/httpprof/write_options.h"

namespace httpprof::cli {
namespace {

struct RecoverArguments {
    std::string input;
    CaptureOptions capture;
    WriteArguments write;
};

int run_recover(const RecoverArguments& arguments) {
    if (const std::string problem =
            conflict_with_sources({arguments.input}, arguments.write.output);
        !problem.empty())
        return fail_command_line(problem);
    const auto reading = read_options(arguments.capture);
    if (!reading) return fail(reading.error());
    const auto writing = derive_options(arguments.write);
    if (!writing) return fail(writing.error());
    format::Transform everything;
    return report_outcome(format::run_transform(arguments.input, *reading, everything, *writing),
                          arguments.write);
}

}  // namespace

void add_recover(CLI::App& app, int argc, char** argv, int& exit_status) {
    CLI::App* command = app.add_subcommand(
        "recover", "Write everything readable of a damaged capture into one that verifies");
    auto arguments = std::make_shared<RecoverArguments>();
    command->add_option("FILE", arguments->input, "The capture; - is standard input")->required();
    add_capture_options(*command, arguments->capture);
    add_write_options(*command, argc, argv, arguments->write);
    command->footer("Exit status: 0, all was there; 3, something was left out; 1, it failed.");
    command->callback([arguments, &exit_status] { exit_status = run_recover(*arguments); });
}

}  // namespace httpprof::cli
