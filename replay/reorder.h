// How far records may be out of order, and when to stop waiting for one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace httpprof::replay {

// Records stand in the capture in the order in which their system calls ended. A thread that was
// preempted on its way out of the kernel is overtaken by the others, by a few time slices at most.
constexpr std::uint64_t kReorderWindowNs = 100'000'000;

// What one connection may hold back while it waits.
constexpr std::size_t kMaxHeldRecords = 256;
constexpr std::size_t kMaxHeldBytes = 4 * 1024 * 1024;

}  // namespace httpprof::replay
