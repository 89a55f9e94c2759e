#include "tools/httpprof/recover.h"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "format/edit/transform.h"
#include "tools/httpprof/edit_command.h"

namespace httpprof::cli {
namespace {

struct RecoverArguments {
    std::string input;
    EditArguments edit;
};

int run_recover(const RecoverArguments& arguments) {
    return run_edit({arguments.input}, arguments.edit,
                    [&](const auto& reading, const auto& writing) {
                        format::Transform everything;
                        return format::run_transform(arguments.input, reading, everything, writing);
                    });
}

}  // namespace

void add_recover(CLI::App& app, int argc, char** argv, int& exit_status) {
    CLI::App* command = app.add_subcommand(
        "recover", "Write everything readable of a damaged capture into one that verifies");
    auto arguments = std::make_shared<RecoverArguments>();
    command->add_option("FILE", arguments->input, "The capture; - is standard input")->required();
    add_edit_options(*command, argc, argv, arguments->edit);
    command->footer("Exit status: 0, all was there; 3, something was left out; 1, it failed.");
    command->callback([arguments, &exit_status] { exit_status = run_recover(*arguments); });
}

}  // namespace httpprof::cli
