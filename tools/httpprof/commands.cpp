#include "tools/httpprof/commands.h"

#include <cstddef>

#include <CLI/CLI.hpp>

namespace httpprof::cli {

std::vector<Command> subcommands(const Command& command) {
    const std::string prefix = command.name.empty() ? "" : command.name + ' ';
    std::vector<Command> found;
    for (CLI::App* app : command.app->get_subcommands({})) {
        if (!app->get_group().empty()) found.push_back({prefix + app->get_name(), app});
    }
    return found;
}

std::vector<Command> all_commands(CLI::App& program) {
    std::vector<Command> commands;
    for (const Command& command : subcommands({"", &program})) {
        commands.push_back(command);
        for (const Command& below : subcommands(command))
            commands.push_back(below);
    }
    return commands;
}

}  // namespace httpprof::cli
