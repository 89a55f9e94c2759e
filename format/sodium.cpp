#include "format/sodium.h"

#include <cstdlib>

#include <sodium.h>

namespace httpprof::format {

void initialize_sodium() {
    // It fails only where the system has no random numbers; no key can be made there.
    static const int initialized = sodium_init();
    if (initialized < 0) std::abort();
}

}  // namespace httpprof::format
