// The codings gzip (RFC 1952) and deflate (RFC 1950 around RFC 1951, or RFC 1951 alone).
#pragma once

#include <memory>

#include "replay/coding/member_decoder.h"

namespace httpprof::replay {

std::unique_ptr<MemberDecoder> make_gzip_decoder();

// RFC 9110, 8.4.1.2: "deflate" is the zlib format, but some senders leave out zlib's header and
// checksum. A zlib header is 16 bits of which few values are valid, and none of these is what an
// encoder begins raw data with.
std::unique_ptr<MemberDecoder> make_deflate_decoder();

}  // namespace httpprof::replay
