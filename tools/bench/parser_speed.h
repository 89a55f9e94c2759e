// The HTTP/1 parser beside http-parser, which is the library of Debian's libhttp-parser-dev.
#pragma once

namespace httpprof::bench {

// Prints a JSON line for each round: message, its size, and the seconds that each parser takes for
// one, by the CPU time of this thread.
void measure_parsers(int rounds);

}  // namespace httpprof::bench
