// The commands of the program, as examples, manual pages and completions go through them.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace httpprof::cli {

struct Command {
    std::string name;  // as it is typed: "export csv"; empty for the program
    CLI::App* app;
};

// Those one level below, in the order of --help, which leaves hidden ones out.
std::vector<Command> subcommands(const Command& command);

// All of the program, each followed by its own.
std::vector<Command> all_commands(CLI::App& program);

}  // namespace httpprof::cli
