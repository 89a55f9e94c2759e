// httpprof export: captures into what other tools read.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// Adds the command to `app`. When it was called, `exit_status` has its outcome.
void add_export(CLI::App& app, int& exit_status);

}  // namespace httpprof::cli
