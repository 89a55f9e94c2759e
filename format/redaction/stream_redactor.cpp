#include "format/redaction/stream_redactor.h"

#include <cstddef>
#include <string_view>

#include "format/redaction/stream_piece.h"
#include "format/redaction/words_of_http.h"

namespace httpprof::format {

void redact_stream(std::span<char> piece, StreamState& state, SecretNames& names,
                   RedactionTally& tally) {
    const std::string_view bytes(piece.data(), piece.size());
    if (state.may_be_behind_body() && begins_with_start_line(bytes)) {
        state.expect_request();
    } else if (state.may_be_at_chunk_line() && begins_with_chunk_line(bytes)) {
        state.expect_chunk_line(StreamState::kSizeOfChunk);
    }
    while (!piece.empty()) {
        const std::size_t done = state.chunks.is_next()
                                     ? state.pass_framing(piece, tally)
                                     : StreamPiece(piece, state, names, tally).run();
        piece = piece.subspan(done);
    }
}

void redact_text(std::span<char> text, SecretNames& names, RedactionTally& tally) {
    StreamState state = StreamState::of_text();
    state.is_whole = true;
    redact_stream(text, state, names, tally);
}

}  // namespace httpprof::format
