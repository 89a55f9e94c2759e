// The manual pages, made of what --help says, and with the completions written where the
// installation takes them from.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace httpprof::cli {

// Adds the command that writes them all into a folder; it is for the build, and not in --help.
void add_manual(CLI::App& app, int& exit_status);

}  // namespace httpprof::cli
