#include "replay/emit/otlp/client_requests.h"

namespace httpprof::replay {
namespace {

// Both ends give the same number to a request.
bool is_numbered_alike(const Event& event) {
    return event.exchange && !event.is_miscounted;
}

}  // namespace

// Only requests, which come before all else of their exchange: whether a response that comes alone
// is counted rightly is not known of its request.
void ClientRequests::add(const Event& event) {
    const bool is_request = event.message->kind == Message::Kind::request;
    if (!is_request || side_of(event) != Side::client || !is_numbered_alike(event)) return;
    const Key key{event.connection, *event.exchange};
    if (!known_.insert(key).second) return;
    oldest_first_.push_back(key);
    if (oldest_first_.size() <= limit_) return;
    known_.erase(oldest_first_.front());
    oldest_first_.pop_front();
}

std::optional<std::uint64_t> ClientRequests::connection_of_client(const Event& event) const {
    if (side_of(event) != Side::server || !event.other_end || !is_numbered_alike(event)) return {};
    const bool is_known = known_.contains({*event.other_end, *event.exchange});
    return is_known ? event.other_end : std::nullopt;
}

}  // namespace httpprof::replay
