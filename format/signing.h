// The signature behind the End of a capture. README.md, "Signature", is the specification.
#pragma once

#include "format/digest.h"
#include "format/frame.h"
#include "format/keys.h"

namespace httpprof::format {

// `end` is the digest of the End frame, which vouches for all before it.
Signature sign(const SecretKey& key, const Digest& end);

// Whether the owner of the public key that the signature names made it for this End.
bool is_valid(const Signature& signature, const Digest& end);

}  // namespace httpprof::format
