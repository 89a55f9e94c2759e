#include "replay/normalize/connection_pairs.h"

namespace httpprof::replay {

std::size_t ConnectionPairs::pair_of(const Event& event) {
    const auto [known, is_new] = numbers_.try_emplace(event.connection, 0);
    if (is_new) known->second = first_of(event);
    return known->second;
}

// The pair of a connection at its first event.
std::size_t ConnectionPairs::first_of(const Event& event) {
    if (event.other_end) {
        const auto other = numbers_.find(*event.other_end);
        if (other != numbers_.end()) return other->second;
    }
    const bool from_client = event.message->kind == Message::Kind::request;
    pairs_.push_back(from_client ? ConnectionPair{event.source, event.destination}
                                 : ConnectionPair{event.destination, event.source});
    return pairs_.size() - 1;
}

}  // namespace httpprof::replay
