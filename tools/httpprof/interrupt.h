// What Ctrl-C does in a pipeline: it reaches all of its programs at once.
#pragma once

namespace httpprof::cli {

// Where one of the arguments names an input that is a pipe or socket, "-" too, the first SIGINT is
// passed over, and said on standard error: who writes there ends by it (`httpprof record -o -`),
// and what it has written is still to be read. A second one ends this process. Not where SIGINT is
// ignored, nor for the commands that record, which end by it themselves.
void outlive_interrupted_writer(int argc, char** argv);

}  // namespace httpprof::cli
