#include "replay/protocol/http1_chunked.h"

#include <charconv>

#include "replay/protocol/http1_head.h"

namespace httpprof::replay {

std::optional<ChunkLine> parse_chunk_line(std::string_view line) {
    ChunkLine result;
    const auto text = without_line_end(line);
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, result.size, 16);
    if (error != std::errc()) return std::nullopt;

    const std::string_view rest(stop, static_cast<std::size_t>(end - stop));
    const auto extension = trimmed(rest);
    if (!extension.empty() && extension[0] != ';') return std::nullopt;
    result.bare_lf = !line.ends_with("\r\n");
    result.space_after_size = extension.empty() && !rest.empty();
    result.control_character = find_control(line) != line.npos;
    return result;
}

}  // namespace httpprof::replay
