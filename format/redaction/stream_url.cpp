#include <algorithm>

#include "format/redaction/stream_piece.h"

namespace httpprof::format {
namespace {

constexpr CharacterSet kEndOfAuthority = CharacterSet::controls_and("/?# \"'<>\\");

}  // namespace

std::size_t StreamPiece::url_port(std::size_t at) {
    const std::size_t end = find(kEndOfAuthority, at);
    const std::size_t host = text(at, end).rfind('@');
    if (host != std::string_view::npos) {
        blank(at, at + host);
        state_.mode = Mode::open;
        return at + host;
    }
    if (end < end_) return leave_body_value(end);
    constexpr std::size_t kLongestPort = 5;
    const auto is_port = [](std::string_view text) {
        return text.size() <= kLongestPort && std::ranges::all_of(text, is_digit);
    };
    if (is_end_of_text() && is_port(text(at, end))) return end;
    blank(at, end);  // what follows would tell too late
    state_.mode = Mode::url_password;
    return end;
}

// At the last byte of the piece.
bool StreamPiece::is_end_of_text() const {
    return (state_.is_whole || state_.body_left == end_) && !state_.chunks.is_followed();
}

std::size_t StreamPiece::url_password(std::size_t at) {
    std::size_t end = at;
    while (end < end_ && bytes_[end] != '@' && !kEndOfAuthority.has(bytes_[end]))
        ++end;
    blank(at, end);
    return end == end_ ? end : leave_body_value(end);
}

}  // namespace httpprof::format
