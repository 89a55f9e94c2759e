#include "tools/httpprof/merge.h"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "format/edit/merge.h"
#include "tools/httpprof/edit_command.h"

namespace httpprof::cli {
namespace {

struct MergeArguments {
    std::vector<std::string> inputs;
    EditArguments edit;
};

int run_merge(const MergeArguments& arguments) {
    return run_edit(arguments.inputs, arguments.edit,
                    [&](const auto& reading, const auto& writing) {
                        return format::merge_captures(arguments.inputs, reading, writing);
                    });
}

}  // namespace

void add_merge(CLI::App& app, int argc, char** argv, int& exit_status) {
    CLI::App* command = app.add_subcommand(
        "merge", "Join the segments of a recording, or captures of one host, into one capture");
    auto arguments = std::make_shared<MergeArguments>();
    command->add_option("FILE", arguments->inputs, "Captures of one boot of one host")->required();
    add_edit_options(*command, argc, argv, arguments->edit);
    command->footer("Exit status: 0; 3, something of a FILE could not be read; 1, it failed.");
    command->callback([arguments, &exit_status] { exit_status = run_merge(*arguments); });
}

}  // namespace httpprof::cli
