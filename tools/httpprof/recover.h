// httpprof recover: everything readable of a damaged capture into another.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// Adds `httpprof recover`, which sets `exit_status` when it ran. The command line goes into the new
// capture.
void add_recover(CLI::App& app, int argc, char** argv, int& exit_status);

}  // namespace httpprof::cli
