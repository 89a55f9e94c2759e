// httpprof merge: several captures into one.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// Adds `httpprof merge`, which sets `exit_status` when it ran. The command line goes into the new
// capture.
void add_merge(CLI::App& app, int argc, char** argv, int& exit_status);

}  // namespace httpprof::cli
