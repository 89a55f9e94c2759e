// httpprof record: the live host into a capture.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// Adds the command to `app`. When it was called, `exit_status` has its outcome.
void add_record(CLI::App& app, int argc, char** argv, int& exit_status);

}  // namespace httpprof::cli
