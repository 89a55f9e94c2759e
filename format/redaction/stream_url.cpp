#include <algorithm>
#include <cstdint>

#include "format/redaction/json_escapes.h"
#include "format/redaction/stream_piece.h"

namespace httpprof::format {
namespace {

constexpr CharacterSet kEndOfAuthority = CharacterSet::controls_and("/?# \"<>");
constexpr CharacterSet kEscapedEnd = CharacterSet::controls_and("/?# \"");

// Of a port; with one more digit it is none: `step`.
constexpr std::uint8_t kLongestPort = 5;
constexpr std::uint8_t kNoPort = kLongestPort + 1;

}  // namespace

std::size_t StreamPiece::url_port(std::size_t at) {
    const std::size_t end = end_of_authority(at);
    const std::size_t host = text(at, end).rfind('@');
    if (host != std::string_view::npos) {
        blank(at, at + host);
        state_.mode = Mode::open;
        return at + host;
    }
    if (end < end_) return leave_body_value(end);
    if (is_end_of_text() && state_.step < kNoPort) return end;
    blank(at, end);  // what follows would tell too late
    state_.mode = Mode::url_password;
    return end;
}

// At the last byte of the piece.
bool StreamPiece::is_end_of_text() const {
    return (state_.is_whole || state_.body_left == end_) && !state_.chunks.is_followed();
}

std::size_t StreamPiece::url_password(std::size_t at) {
    const std::string_view rest = text(at, end_of_authority(at));
    const std::size_t end = at + std::min(rest.find('@'), rest.size());
    blank(at, end);
    return end == end_ ? end : leave_body_value(end);
}

// Careless writers have any byte in a password.
std::size_t StreamPiece::end_of_authority(std::size_t at) {
    std::uint8_t& step = state_.step;
    while (at < end_ && !kEndOfAuthority.has(bytes_[at])) {
        const bool is_behind_port = step > 0 && step < kNoPort;
        if (is_escaped_end(at) || (is_behind_port && is_behind_url(at))) return at;
        step = is_digit(bytes_[at]) ? std::min<std::uint8_t>(step + 1U, kNoPort) : kNoPort;
        at += text(at, end_).starts_with("\\\\") ? 2U : 1U;
    }
    return at;
}

// Behind a port: a quote, or what is escaped in JSON. A password would go on.
bool StreamPiece::is_behind_url(std::size_t at) const {
    constexpr CharacterSet kBehindQuote(" ,;:)]}+\r\n\t");
    const std::string_view rest = text(at, end_);
    if (rest.front() != '\'' && rest.front() != '\\') return false;
    if (rest.size() == 1) return is_end_of_text();
    return rest.front() == '\'' ? kBehindQuote.has(rest[1]) : rest[1] != '\\';
}

// In JSON.
bool StreamPiece::is_escaped_end(std::size_t at) const {
    if (bytes_[at] != '\\' || state_.is_in_target) return false;
    const auto character = escaped_character(text(at + 1, end_));
    return character && *character < 128 && kEscapedEnd.has(static_cast<int>(*character));
}

}  // namespace httpprof::format
