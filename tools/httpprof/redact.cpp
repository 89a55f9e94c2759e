#include "tools/httpprof/redact.h"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "format/edit/redact.h"
#include "tools/httpprof/edit_command.h"

namespace httpprof::cli {
namespace {

constexpr const char* kRedactNotes =
    "Values with names that look secret are overwritten anyway: of headers, cookies, parameters "
    "of\n"
    "queries and forms, fields of JSON, variables and arguments; passwords in URLs as well.\n"
    "What is compressed, encrypted or binary is not looked into.\n"
    "Exit status: 0; 3, something of FILE could not be read; 1, it failed.";

struct RedactArguments {
    std::string input;
    format::AdditionalNames names;
    EditArguments edit;
};

int run_redact(const RedactArguments& arguments) {
    return run_edit(
        {arguments.input}, arguments.edit, [&](const auto& reading, const auto& writing) {
            return format::redact_capture(arguments.input, reading, arguments.names, writing);
        });
}

void add_names(CLI::App& command, const std::string& option, std::vector<std::string>& names,
               const std::string& description) {
    command.add_option(option, names, description)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME,...");
}

}  // namespace

void add_redact(CLI::App& app, int argc, char** argv, int& exit_status) {
    CLI::App* command = app.add_subcommand(
        "redact", "Write a capture for sharing, with its secrets overwritten by X");
    auto arguments = std::make_shared<RedactArguments>();
    command->add_option("FILE", arguments->input, "The capture; - is standard input")->required();
    add_names(*command, "--header", arguments->names.headers,
              "Overwrite the values of these headers as well");
    add_names(*command, "--variable", arguments->names.variables,
              "Overwrite the values of these environment variables as well");
    add_names(*command, "--parameter", arguments->names.parameters,
              "Overwrite the values of these parameters, fields of JSON and options of command "
              "lines as well");
    add_edit_options(*command, argc, argv, arguments->edit);
    command->footer(kRedactNotes);
    command->callback([arguments, &exit_status] { exit_status = run_redact(*arguments); });
}

}  // namespace httpprof::cli
