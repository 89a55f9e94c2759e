#include "tools/httpprof/info.h"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "format/info.h"
#include "replay/emit/info_json.h"
#include "replay/emit/output.h"
#include "tools/httpprof/capture_options.h"
#include "tools/httpprof/info_text.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

struct InfoArguments {
    std::vector<std::string> inputs;
    bool json = false;
    CaptureOptions capture;
};

int run_info(const InfoArguments& arguments) {
    const auto options = read_options(arguments.capture);
    if (!options) return fail(options.error());
    auto output = replay::Output::open("-");
    if (!output) return fail(output.error());
    output->outlive_reader();  // the status is of all of them
    int status = 0;
    bool is_first = true;
    for (const std::string& input : arguments.inputs) {
        const auto info = format::read_info(input, *options);
        if (!info) {
            status = fail(info.error());
            continue;
        }
        const auto written = arguments.json
                                 ? output->write_json(replay::info_json(input, *info))
                                 : output->write((is_first ? "" : "\n") + info_text(input, *info));
        is_first = false;
        if (!written) break;
    }
    const Result<void> finished = output->finish();
    return finished ? status : fail(finished.error());
}

}  // namespace

void add_info(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand("info", "Say what is in a capture");
    auto arguments = std::make_shared<InfoArguments>();
    command->add_option("FILE", arguments->inputs, "Captures; - is standard input")->required();
    command->add_flag("--json", arguments->json, "One JSON object for each capture");
    add_capture_options(*command, arguments->capture);
    command->callback([arguments, &exit_status] { exit_status = run_info(*arguments); });
}

}  // namespace httpprof::cli
