#include "replay/completeness.h"

#include <algorithm>

#include "format/change.h"

namespace httpprof::replay {
namespace {

bool is_loss(format::MissingCause cause) {
    return cause != format::MissingCause::urgent && cause != format::MissingCause::unread;
}

bool has_all_bytes(const Tally& tally) {
    return std::ranges::none_of(tally.missing_bytes, [](const auto& missing) {
        return is_loss(missing.first) && missing.second > 0;
    });
}

// Who used io_uring is known by process, also of a slice for others.
bool were_all_recorded(const Summary& summary) {
    return summary.io_uring.empty() &&
           std::ranges::none_of(summary.left_out, [](const auto& calls) {
               return is_unrecorded(calls.first) && calls.first != kIoUring;
           });
}

bool was_all_taken(const Summary& summary) {
    return std::ranges::none_of(summary.changes,
                                [](const auto& change) { return format::is_loss(change.first); });
}

}  // namespace

bool is_complete(const Summary& summary) {
    const bool has_all = summary.lost.empty() && were_all_recorded(summary) &&
                         summary.damaged_places == 0 && summary.missing_segments.empty() &&
                         has_all_bytes(summary.tally) && was_all_taken(summary);
    const bool understood_all = summary.malformed_records == 0 && summary.unknown_frames == 0 &&
                                summary.tally.not_http_bytes == 0 &&
                                summary.tally.unparsed.empty() &&
                                summary.tally.given_up_connections == 0;
    return has_all && understood_all;
}

bool is_unrecorded(std::string_view cause) {
    return cause != "not-http" && cause != "other-port" && cause != "not-consumed";
}

}  // namespace httpprof::replay
