#include "replay/exchanges.h"

#include <algorithm>
#include <memory>

#include "replay/protocol/conversation.h"

namespace httpprof::replay {
namespace {

std::size_t size_of(const Message& message) {
    std::size_t bytes = kAroundEvent + message.raw.size();
    if (message.decoded) bytes += message.decoded->size();
    bytes += (message.fields.size() + message.trailers.size()) * sizeof(Field);
    bytes += message.content.size() * sizeof(Range) + message.gaps.size() * sizeof(Gap);
    for (const std::string& value : message.unfolded)
        bytes += sizeof value + value.size();
    return bytes;
}

// Puts the message where it belongs and returns its place.
Event& put(Exchange& exchange, Event event) {
    if (event.message->kind == Message::Kind::request)
        return exchange.request.emplace(std::move(event));
    if (!is_final_response(event.message->status))
        return exchange.interim.emplace_back(std::move(event));
    return exchange.response.emplace(std::move(event));
}

}  // namespace

const Event& Exchange::first() const {
    if (request) return *request;
    return interim.empty() ? *response : interim.front();
}

std::string_view Exchange::method() const {
    if (request) return request->message->text(request->message->method);
    return first().request ? std::string_view(first().request->method) : std::string_view();
}

std::string_view Exchange::target() const {
    if (request) return request->message->text(request->message->target);
    return first().request ? std::string_view(first().request->target) : std::string_view();
}

std::string_view Exchange::authority() const {
    if (!request)
        return first().request ? std::string_view(first().request->host) : std::string_view();
    const Field* host = request->message->find("Host");
    return host == nullptr ? std::string_view() : request->message->value(*host);
}

const format::Endpoint& Exchange::client() const {
    return request ? request->source : first().destination;
}

const format::Endpoint& Exchange::server() const {
    return request ? request->destination : first().source;
}

std::string Exchange::id() const {
    const Event& event = first();
    if (!event.exchange) return {};
    return std::to_string(event.connection) + '.' + std::to_string(*event.exchange);
}

std::uint64_t Exchange::duration_ns() const {
    const std::uint64_t begin = first().message->first.time_ns;
    std::uint64_t end = std::max(begin, first().message->last_time_ns);
    for (const Event& event : interim)
        end = std::max(end, event.message->last_time_ns);
    if (response) end = std::max(end, response->message->last_time_ns);
    return end - begin;
}

Result<void> Exchanges::add(const Event& event) {
    if (!event.exchange) {
        Exchange alone;
        put(alone, event);
        return sink_(alone);
    }
    const auto place = waiting_for({event.connection, *event.exchange});
    keep(*place, event);
    if (place->exchange.request && place->exchange.response) {
        if (auto ended = end(place); !ended) return ended;
    }
    while (store_.is_full() && !waiting_.empty()) {
        if (auto ended = end(waiting_.begin()); !ended) return ended;
    }
    return store_.error() ? Result<void>(*store_.error()) : Result<void>();
}

Result<void> Exchanges::finish() {
    while (!waiting_.empty()) {
        if (auto ended = end(waiting_.begin()); !ended) return ended;
    }
    return {};
}

Exchanges::WaitingList::iterator Exchanges::waiting_for(const Key& key) {
    const auto [place, is_new] = places_.try_emplace(key);
    if (is_new) place->second = waiting_.insert(waiting_.end(), Waiting{key});
    return place->second;
}

void Exchanges::keep(Waiting& waiting, const Event& event) {
    const std::size_t before = store_.used();
    store_.grow(size_of(*event.message) + share_of_memory(event.request));
    Event& kept = put(waiting.exchange, event);
    const bool completes = waiting.exchange.request && waiting.exchange.response;
    if (store_.is_full() && !completes) {
        waiting.put_away.push_back(put_body_away(*kept.message));
        kept.message = waiting.put_away.back().message;
    }
    waiting.bytes += store_.used() - before;
    hold(waiting, event.process);
}

// Most exchanges are of few processes.
void Exchanges::hold(Waiting& waiting, const std::shared_ptr<const Process>& process) {
    if (std::ranges::find(waiting.processes, process) != waiting.processes.end()) return;
    waiting.processes.push_back(process);
    if (++held_[process.get()] == 1) store_.grow(memory_of(*process));
}

// A copy without its body, since others may look at the message too.
Exchanges::PutAway Exchanges::put_body_away(const Message& message) {
    PutAway away{std::make_shared<Message>(message)};
    store_.put_away(*away.message);
    if (!message.decoded) return away;
    away.decoded = store_.write(*message.decoded);
    if (!away.decoded) return away;
    store_.shrink(away.decoded->size);
    away.message->decoded.reset();
    return away;
}

void Exchanges::release(const Process& process) {
    const auto held = held_.find(&process);
    if (--held->second > 0) return;
    store_.shrink(memory_of(process));
    held_.erase(held);
}

Result<void> Exchanges::restore(const PutAway& away) {
    if (auto restored = store_.restore(*away.message); !restored) return restored;
    if (!away.decoded) return {};
    const bool read = store_.take_back(*away.decoded, away.message->decoded.emplace());
    return read ? Result<void>() : Result<void>(*store_.error());
}

Result<void> Exchanges::end(WaitingList::iterator ended) {
    const Waiting waiting = std::move(*ended);
    places_.erase(waiting.key);
    waiting_.erase(ended);
    store_.shrink(waiting.bytes);
    for (const auto& process : waiting.processes)
        release(*process);
    for (const PutAway& away : waiting.put_away) {
        if (auto restored = restore(away); !restored) return restored;
    }
    return sink_(waiting.exchange);
}

}  // namespace httpprof::replay
