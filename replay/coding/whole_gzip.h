// Undoing gzip faster than piece by piece, where nothing is unusual.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace httpprof::replay {

// The content of a body that is one whole gzip member with a plain header and right checksums and
// has at most `limit` bytes. Nothing for all others, which need a closer look.
std::optional<std::string> decode_whole_gzip(std::string_view body, std::uint64_t limit);

}  // namespace httpprof::replay
