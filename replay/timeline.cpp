#include "replay/timeline.h"

#include <utility>

namespace httpprof::replay {

void Timeline::add(PlacedMessage&& message) {
    const Key key{message.paired.message->first.time_ns, message.connection, message.paired.order};
    waiting_.emplace(key, std::move(message));
}

std::optional<PlacedMessage> Timeline::take_before(std::uint64_t watermark_ns) {
    const auto first = waiting_.begin();
    if (first == waiting_.end() || std::get<0>(first->first) >= watermark_ns) return std::nullopt;
    return std::move(waiting_.extract(first).mapped());
}

}  // namespace httpprof::replay
