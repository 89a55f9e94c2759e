// Overwrites the secrets in the bytes of a stream, piece by piece: values of headers, of
// parameters, of fields of JSON, of parts of multipart forms, and passwords in URLs. It knows no
// messages, only what secrets look like, and changes nothing else, so that the framing of messages
// stays true.
#pragma once

#include <span>

#include "format/redaction/redaction_tally.h"
#include "format/redaction/secret_names.h"
#include "format/redaction/stream_state.h"

namespace httpprof::format {

// What secrets are overwritten with, byte by byte.
constexpr char kFiller = 'X';
// Where that could make a start line out of what is none.
constexpr char kNoTokenFiller = '?';

// The result does not depend on where the pieces of a stream begin, but for this: where a piece
// or a chunk ends within what tells a secret from something else, that is overwritten as well (the
// scheme of an Authorization, the name of a cookie, an attribute of Set-Cookie, a port, an encoded
// ampersand).
void redact_stream(std::span<char> piece, StreamState& state, SecretNames& names,
                   RedactionTally& tally);

// A text that stands for itself.
void redact_text(std::span<char> text, SecretNames& names, RedactionTally& tally);

}  // namespace httpprof::format
