// Whether an analysis had and understood all that was said.
#pragma once

#include <string_view>

#include "replay/analyzer.h"

namespace httpprof::replay {

// False when something is known to be lost, damaged, missing or not understood:
//   - records that never came into the capture, processes that used io_uring, and other calls that
//     could not be recorded
//   - bytes of connections that are not in the capture, but for those sent out of band and those
//     that their process never read
//   - damage in the file, a missing end included; malformed records; frames of an unknown type
//   - what could not be taken from the captures that this one was made of; what was left out or
//     overwritten there on purpose is not missed
//   - connections that were given up for their memory
//   - captured bytes that are part of no message, and connections of protocols that are not read
// What follows an upgrade or CONNECT is no HTTP any more and is not missed, and requests may be
// without response; what a message itself lacks or does wrong is among its anomalies.
bool is_complete(const Summary& summary);

// Whether calls that a recorder left out for this cause (`leftOut` in format/README.md) may have
// been part of what was asked for. False of what was left out since it is not. A cause that this
// version does not know is taken for one that may.
bool is_unrecorded(std::string_view cause);
inline constexpr std::string_view kIoUring = "io-uring";

}  // namespace httpprof::replay
