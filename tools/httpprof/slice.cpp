#include "tools/httpprof/slice.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "format/edit/slice.h"
#include "tools/httpprof/edit_command.h"
#include "tools/httpprof/number_checks.h"

namespace httpprof::cli {
namespace {

constexpr const char* kSliceNotes =
    "Several values of one option are alternatives; different options apply together.\n"
    "A time is 2026-11-22T18:00:00.5Z (UTC), or +2.5: seconds from the first record.\n"
    "Exit status: 0; 3, something of a FILE could not be read; 1, it failed.";

struct SliceArguments {
    std::vector<std::string> inputs;
    format::SliceFilter filter;
    EditArguments edit;
};

int run_slice(const SliceArguments& arguments) {
    return run_edit(
        arguments.inputs, arguments.edit, [&](const auto& reading, const auto& writing) {
            return format::slice_captures(arguments.inputs, reading, arguments.filter, writing);
        });
}

void add_time_bound(CLI::App& command, const std::string& name,
                    std::optional<format::TimeBound>& bound, const std::string& description) {
    command
        .add_option_function<std::string>(
            name,
            [&bound](const std::string& text) {
                const auto parsed = format::parse_time_bound(text);
                if (!parsed) throw CLI::ValidationError(parsed.error().message);
                bound = *parsed;
            },
            description)
        ->type_name("TIME");
}

void add_connections(CLI::App& command, std::vector<format::ConnectionName>& connections) {
    command
        .add_option_function<std::vector<std::string>>(
            "--connection",
            [&connections](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) {
                    const auto parsed = format::parse_connection_name(text);
                    if (!parsed) throw CLI::ValidationError(parsed.error().message);
                    connections.push_back(*parsed);
                }
            },
            "Only these: the numbers in the events of analyze, or LOCAL:PORT-REMOTE:PORT")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("CONNECTION,...");
}

void add_filter(CLI::App& command, format::SliceFilter& filter) {
    add_time_bound(command, "--from", filter.from, "Only what happened at this time or later");
    add_time_bound(command, "--to", filter.to, "Only what happened before this time");
    command.add_option("--pid", filter.pids, "Only these processes")
        ->delimiter(',')
        ->transform(whole_number(1))
        ->allow_extra_args(false)
        ->type_name("N,...");
    command.add_option("--comm", filter.comms, "Only processes of these names")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME,...");
    command.add_option("--port", filter.ports, "Only connections with one of these at either end")
        ->delimiter(',')
        ->transform(whole_number(1, 65535))
        ->allow_extra_args(false)
        ->type_name("N,...");
    add_connections(command, filter.connections);
}

}  // namespace

void add_slice(CLI::App& app, int argc, char** argv, int& exit_status) {
    CLI::App* command = app.add_subcommand(
        "slice", "Take a part out of a capture: by time, process, port or connection");
    auto arguments = std::make_shared<SliceArguments>();
    command
        ->add_option("FILE", arguments->inputs,
                     "A capture, or the segments of one; - is standard input")
        ->required();
    add_filter(*command, arguments->filter);
    add_edit_options(*command, argc, argv, arguments->edit);
    command->footer(kSliceNotes);
    command->callback([arguments, &exit_status] { exit_status = run_slice(*arguments); });
}

}  // namespace httpprof::cli
