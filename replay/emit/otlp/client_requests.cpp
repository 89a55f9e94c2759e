#include "replay/emit/otlp/client_requests.h"

namespace httpprof::replay {
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

bool ClientRequests::has_that_of(const Event& event) const {
    return side_of(event) == Side::server && event.other_end && is_numbered_alike(event) &&
           known_.contains({*event.other_end, *event.exchange});
}

}  // namespace httpprof::replay
