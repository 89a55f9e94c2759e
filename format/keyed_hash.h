// A hash for tables whose keys come from a capture.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace httpprof::format {

// SipHash with a random key of this process: who makes a capture cannot choose keys that collide.
// So nothing may depend on the order of such a table.
std::size_t keyed_hash(const std::array<std::uint64_t, 3>& key);

}  // namespace httpprof::format
