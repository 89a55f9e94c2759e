// httpprof redact: a capture without its secrets, for sharing.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// The exit status of the command goes to `exit_status`.
void add_redact(CLI::App& app, int argc, char** argv, int& exit_status);

}  // namespace httpprof::cli
