// Joins events to exchanges: a request with the responses to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/record.h"
#include "format/result.h"
#include "replay/emit/emitter.h"
#include "replay/message_store.h"

namespace httpprof::replay {

// As one end of the connection saw it. At least one of its messages is there; a request can lack
// its response, a response its request.
struct Exchange {
    std::optional<Event> request;
    std::vector<Event> interim;  // the 1xx responses but for 101, in order
    std::optional<Event> response;

    // The message that came first, which says where and by whom the exchange was recorded.
    const Event& first() const;
    // What was asked for, also where only the response is there; empty when not known.
    std::string_view method() const;
    std::string_view target() const;
    std::string_view authority() const;  // the Host field
    const format::Endpoint& client() const;
    const format::Endpoint& server() const;
    // "3.1": connection and number of the request; empty for a response of no request.
    std::string id() const;
    // From the first byte of the first message to the last one of any.
    std::uint64_t duration_ns() const;
};

// Memory is bounded: beyond the limit the bodies of messages that wait for others go to a temporary
// file, and when there are too many of them the exchange that began first ends without the rest,
// which makes an exchange of its own.
class Exchanges {
  public:
    using Sink = std::function<Result<void>(const Exchange&)>;

    // `sink` gets the exchanges in the order in which they end.
    explicit Exchanges(Sink sink, std::size_t limit = MessageStore::kDefaultLimit)
        : sink_(std::move(sink)), store_(limit) {}

    // Events in the order of the output.
    Result<void> add(const Event& event);
    // There are no more events: what still waits ends.
    Result<void> finish();

  private:
    using Key = std::pair<std::uint64_t, std::uint64_t>;  // connection, number of the request

    // A message whose body is in the file.
    struct PutAway {
        std::shared_ptr<Message> message;
        std::optional<Extent> decoded = {};
    };
    struct Waiting {
        Key key;
        Exchange exchange = {};
        std::size_t bytes = 0;
        std::vector<PutAway> put_away = {};
        std::vector<std::shared_ptr<const Process>> processes = {};  // those of its events
    };
    using WaitingList = std::list<Waiting>;

    WaitingList::iterator waiting_for(const Key& key);
    void keep(Waiting& waiting, const Event& event);
    PutAway put_body_away(const Message& message);
    void hold(Waiting& waiting, const std::shared_ptr<const Process>& process);
    void release(const Process& process);
    Result<void> restore(const PutAway& put_away);
    Result<void> end(WaitingList::iterator ended);

    const Sink sink_;
    MessageStore store_;
    WaitingList waiting_;  // in the order in which they began
    std::map<Key, WaitingList::iterator> places_;
    std::map<const Process*, std::size_t> held_;  // how many exchanges wait with it
};

}  // namespace httpprof::replay
