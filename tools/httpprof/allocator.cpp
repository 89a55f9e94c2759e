// How jemalloc, which is linked in for its speed, is to work (its manual page, TUNING).
#include <string_view>

// What one arena has freed another cannot use, and jemalloc 5.3 crashes when a thread that begins
// late finds no memory for an arena of its own.
#define FEW_ARENAS "narenas:2"

// Read at the first allocation.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = FEW_ARENAS;
}

namespace {

// Huge pages, because analysis goes through tens of MiB again and again, where each small page
// costs a fault and misses of the TLB; but not for the recorder, which they would make larger.
void configure(int argc, char** argv, char**) {
    const std::string_view command(argc > 1 ? argv[1] : "");
    if (command != "record" && command != "live")
        malloc_conf = FEW_ARENAS ",thp:always,metadata_thp:always";
}

// Comes before the constructors of the libraries, which do allocate (System V ABI, Initialization
// and Termination Functions).
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_all)(int, char**,
                                                                       char**) = configure;

}  // namespace
