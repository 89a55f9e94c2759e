// The manual pages and shell completions, made of what --help says: one source for all.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace httpprof::cli {

// The page of the program, or of one of its commands, in the macros of man(7).
std::string manual_page(const CLI::App& program, const CLI::App* command);

std::string bash_completion(const CLI::App& program);
std::string zsh_completion(const CLI::App& program);
std::string fish_completion(const CLI::App& program);

// Adds the command that writes them all into a folder; it is for the build, and not in --help.
void add_manual(CLI::App& app, int& exit_status);

}  // namespace httpprof::cli
