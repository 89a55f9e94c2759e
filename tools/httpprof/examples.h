// An example for each command, at the end of its --help.
#pragma once

namespace CLI {
class App;
}

namespace httpprof::cli {

// Puts the examples before what the footers of the commands say already.
void add_examples(CLI::App& program);

}  // namespace httpprof::cli
