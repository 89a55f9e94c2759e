// How jemalloc, which is linked in for its speed, is to work.

// Read before main(); its manual page, TUNING, says what is what. Huge pages, because messages go
// through tens of MiB again and again, where each small page costs a fault and misses of the TLB.
// Few arenas, because what one has freed another cannot use, and because jemalloc 5.3 crashes when
// a thread that begins late finds no memory for an arena of its own.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:always,narenas:2";
}
