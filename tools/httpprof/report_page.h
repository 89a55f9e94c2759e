// httpprof report: captures as one page for a browser.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// Adds the command to `app`. When it was called, `exit_status` has its outcome.
void add_report(CLI::App& app, int& exit_status);

}  // namespace httpprof::cli
