// The coding br (RFC 7932).
#pragma once

#include <memory>

#include "replay/coding/member_decoder.h"

namespace httpprof::replay {

std::unique_ptr<MemberDecoder> make_brotli_decoder();

}  // namespace httpprof::replay
