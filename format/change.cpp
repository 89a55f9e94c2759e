#include "format/change.h"

namespace httpprof::format {

bool is_loss(std::string_view cause) {
    return cause != "not-selected" && cause != "repeated" && !cause.starts_with("redacted-");
}

}  // namespace httpprof::format
