#include "format/frame_name.h"

#include "format/frame.h"

namespace httpprof::format {

std::string frame_name(std::uint8_t type) {
    switch (static_cast<FrameType>(type)) {
        case FrameType::header:
            return "header";
        case FrameType::records:
            return "records";
        case FrameType::snapshot:
            return "snapshot";
        case FrameType::stats:
            return "stats";
        case FrameType::clock:
            return "clock";
        case FrameType::end:
            return "end";
        case FrameType::signature:
            return "signature";
        case FrameType::header_copy:
            return "header_copy";
    }
    return "type " + std::to_string(type);
}

}  // namespace httpprof::format
