// Whether this processor has the instructions of SSSE3: those since 2006, but not all that are
// x86_64.
#pragma once

#ifdef __x86_64__
namespace httpprof::replay {

inline const bool kHasSsse3 = __builtin_cpu_supports("ssse3") != 0;

}  // namespace httpprof::replay
#endif
