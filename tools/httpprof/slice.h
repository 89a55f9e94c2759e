// httpprof slice: a part of a capture into another.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// Adds `httpprof slice`, which sets `exit_status` when it ran. The command line goes into the new
// capture.
void add_slice(CLI::App& app, int argc, char** argv, int& exit_status);

}  // namespace httpprof::cli
