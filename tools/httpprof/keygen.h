// httpprof keygen: key pairs to sign captures with and to have them encrypted for.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// Adds the command to `app`. When it was called, `exit_status` has its outcome.
void add_keygen(CLI::App& app, int& exit_status);

}  // namespace httpprof::cli
