#include "replay/emit/otlp/client_requests.h"

#include "replay/emit/otlp/trace_context.h"

namespace httpprof::replay {
namespace {

std::string client_span_of(const Event& request) {
    return span_id_of(span_key_of(request), Side::client);
}

}  // namespace

void ClientRequests::add(const Event& event) {
    const bool is_request = event.message->kind == Message::Kind::request;
    if (!is_request || side_of(event) != Side::client) return;
    const std::string span = client_span_of(event);
    if (!known_.insert(span).second) return;
    oldest_first_.push_back(span);
    if (oldest_first_.size() <= limit_) return;
    known_.erase(oldest_first_.front());
    oldest_first_.pop_front();
}

bool ClientRequests::has_that_of(const Event& event) const {
    return side_of(event) == Side::server && known_.contains(client_span_of(event));
}

}  // namespace httpprof::replay
