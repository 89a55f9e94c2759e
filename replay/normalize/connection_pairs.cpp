#include "replay/normalize/connection_pairs.h"

namespace httpprof::replay {
namespace {

// The ends of a connection tell the time of a message as their threads come to run.
constexpr std::int64_t kSlackNs = 1'000'000'000;

std::pair<format::Endpoint, format::Endpoint> client_and_server(const Event& event) {
    const bool from_client = event.message->kind == Message::Kind::request;
    return from_client ? std::pair(event.source, event.destination)
                       : std::pair(event.destination, event.source);
}

}  // namespace

std::size_t ConnectionPairs::pair_of(const Event& event) {
    const auto [known, is_new] = numbers_.try_emplace(event.connection, 0);
    if (is_new) known->second = first_of(event);
    if (event.message->kind == Message::Kind::response) {
        Latest& latest = latest_[client_and_server(event)];
        if (latest.pair == known->second && latest.answered_ns == 0) {
            latest.answered_ns = event.realtime_ns;
        }
    }
    return known->second;
}

// The pair of a connection at its first event.
std::size_t ConnectionPairs::first_of(const Event& event) {
    const auto ends = client_and_server(event);
    const auto side = static_cast<std::size_t>(side_of(event));
    const auto [place, is_new] = latest_.try_emplace(ends);
    Latest& latest = place->second;
    const bool is_over =
        latest.answered_ns != 0 && event.realtime_ns > latest.answered_ns + kSlackNs;
    if (is_new || latest.has_side[side] || is_over) {
        latest = {.pair = pairs_.size()};
        pairs_.push_back({ends.first, ends.second});
    }
    latest.has_side[side] = true;
    return latest.pair;
}

}  // namespace httpprof::replay
