// The line before the data of a chunk (RFC 9112, 7.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace httpprof::replay {

struct ChunkLine {
    std::uint64_t size = 0;  // 0: the last chunk
    bool bare_lf = false;
    bool space_after_size = false;  // white space that no extension follows
    bool control_character = false;
    bool extension_invalid = false;

    bool operator==(const ChunkLine&) const = default;
};

// `line` is a whole line with its end. Extensions are passed over. Nothing when the size is no
// hexadecimal number, does not fit 64 bits, or is followed by something else than an extension.
std::optional<ChunkLine> parse_chunk_line(std::string_view line);

}  // namespace httpprof::replay
