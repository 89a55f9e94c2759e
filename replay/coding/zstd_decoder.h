// The coding zstd (RFC 8878), with the window that RFC 9659 allows on the web.
#pragma once

#include <memory>

#include "replay/coding/member_decoder.h"

namespace httpprof::replay {

std::unique_ptr<MemberDecoder> make_zstd_decoder();

}  // namespace httpprof::replay
