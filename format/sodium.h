// libsodium, ready for use.
#pragma once

namespace httpprof::format {

// To be called before any other function of libsodium; it chooses the fastest implementations for
// this processor. Any number of times, from any thread.
void initialize_sodium();

}  // namespace httpprof::format
