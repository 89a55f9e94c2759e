// BLAKE2b-256 (RFC 7693 with a 32-byte result and no key): what chains the frames of a capture.
#pragma once

#include <cstddef>
#include <span>

#include "format/frame.h"

namespace httpprof::format {

Digest digest_of(std::span<const std::byte> bytes);

}  // namespace httpprof::format
