#include "replay/protocol/held_stream.h"

#include <utility>

namespace httpprof::replay {
namespace {

constexpr std::size_t kMostPieces = 64;

}  // namespace

void HeldStream::add(std::string_view bytes, const Origin& origin) {
    open_piece().bytes.append(bytes, origin);
    size_ += bytes.size();
}

void HeldStream::add_gap(std::uint64_t length, format::MissingCause cause, const Origin& origin) {
    Piece& piece = open_piece();
    piece.gap = length;
    piece.cause = cause;
    piece.gap_origin = origin;
}

// The last one, if it has no gap yet.
HeldStream::Piece& HeldStream::open_piece() {
    if (!has_open_piece()) pieces_.emplace_back();
    return pieces_.back();
}

bool HeldStream::has_room_for(std::size_t bytes) const {
    return size_ + bytes <= limit_ && (has_open_piece() || pieces_.size() < kMostPieces);
}

std::optional<std::uint64_t> HeldStream::since_ns() const {
    if (pieces_.empty()) return std::nullopt;
    const Piece& first = pieces_.front();
    return first.bytes.empty() ? first.gap_origin.time_ns : first.bytes.first_origin().time_ns;
}

std::size_t HeldStream::memory() const {
    std::size_t bytes = 0;
    for (const Piece& piece : pieces_)
        bytes += sizeof piece + piece.bytes.memory();
    return bytes;
}

std::vector<HeldStream::Piece> HeldStream::take() {
    size_ = 0;
    return std::exchange(pieces_, {});
}

}  // namespace httpprof::replay
