#include "replay/protocol/http1_chunked.h"

#include <algorithm>
#include <charconv>

#include "replay/protocol/http1_head.h"

namespace httpprof::replay {
namespace {

// chunk-ext-val = token / quoted-string: how many characters it takes, 0 for no such value.
std::size_t extension_value_length(std::string_view text) {
    if (!text.starts_with('"')) return token_length(text);
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') return i + 1;
        if (text[i] == '\\') ++i;
    }
    return 0;
}

std::string_view without_leading_space(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), RFC 9112, 7.1.1.
bool is_extension(std::string_view text) {
    while (!text.empty()) {
        text = without_leading_space(text);
        if (!text.starts_with(';')) return false;
        text = without_leading_space(text.substr(1));
        const auto name = token_length(text);
        if (name == 0) return false;
        text.remove_prefix(name);
        const auto assigned = without_leading_space(text);
        if (!assigned.starts_with('=')) continue;
        text = without_leading_space(assigned.substr(1));
        const auto value = extension_value_length(text);
        if (value == 0) return false;
        text.remove_prefix(value);
    }
    return true;
}

}  // namespace

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
    result.extension_invalid = !extension.empty() && !is_extension(rest);
    result.control_character = find_control(line) != line.npos;
    return result;
}

}  // namespace httpprof::replay
