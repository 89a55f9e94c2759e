// httpprof live: records and analyzes at once.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

void add_live(CLI::App& app, int argc, char** argv, int& exit_status);

}  // namespace httpprof::cli
