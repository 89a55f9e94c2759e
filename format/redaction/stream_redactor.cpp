#include "format/redaction/stream_redactor.h"

#include <cstddef>

#include "format/redaction/stream_piece.h"
#include "format/redaction/words_of_http.h"

namespace httpprof::format {

void redact_stream(std::span<char> piece, StreamState& state, SecretNames& names,
                   RedactionTally& tally) {
    if (state.may_be_behind_body() && begins_with_start_line({piece.data(), piece.size()}))
        state.expect_request();
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
