// The requests of a connection that have no answer yet, oldest first, and which of them a response
// answers where the count is lost.
//
// A response answers the last request that began before it where all others have had theirs: as
// many were seen to come, unmatched. Where fewer were, it answers that request if it was not
// pipelined and places that may hold messages can have had the other answers: a client that waits
// had those before. The requests before it stay without an answer then. Else, and where the client
// was seen not to wait, the response stays unmatched: no pairing is better than a wrong one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "replay/protocol/conversation.h"

namespace httpprof::replay {

// What came from the side of the responses.
struct ResponseCounts {
    std::uint64_t all = 0;        // final ones that began, and places where some may be
    std::uint64_t unmatched = 0;  // those of them that answer no request that is known
    std::uint64_t seen = 0;       // those of the unmatched that were read

    std::uint64_t places() const { return unmatched - seen; }
};

// What the client was seen to do.
struct ClientHabits {
    bool pipelines = false;
    bool waits = false;    // for all answers to what it pipelined, before it sent more
    bool refills = false;  // its pipeline: sent more before it had all of them
};

struct UnansweredRequest {
    // Stands for any number of requests that may have been passed without being read.
    bool is_unknown() const { return number == 0; }
    std::size_t memory() const;

    std::uint64_t number = 0;  // on the connection, from 1
    std::uint64_t first_ns = 0;
    std::uint64_t order = 0;     // among all messages, by their beginnings
    ResponseCounts before = {};  // what had come when it began
    bool is_pipelined = false;   // some of it came in one call with the one before
    bool is_cut = false;         // unknown: --snaplen cut it off the call with the one before
    RequestHead head = {};       // as far as it was read
    // The same, for all responses that began since: each may be 17 bytes, and the head 256 KiB.
    std::shared_ptr<const RequestHead> said = {};
    std::optional<Paired> waiting = {};  // for its response, where those are joined
};

class UnansweredRequests {
  public:
    bool empty() const { return requests_.empty(); }
    bool has_known() const;
    // More than are remembered: clients pipeline far fewer, but of some connections only one
    // direction is captured.
    bool exceeds_limit() const;
    // Known ones that were taken out for that limit and whose answers are still to come.
    std::uint64_t forgotten() const { return forgotten_; }
    // Bytes that the requests take.
    std::size_t memory() const { return memory_; }
    // There must be one.
    UnansweredRequest& oldest() { return requests_.front(); }
    const UnansweredRequest& oldest() const { return requests_.front(); }
    UnansweredRequest& newest() { return requests_.back(); }
    const UnansweredRequest& newest() const { return requests_.back(); }
    // Null where it is none of these.
    UnansweredRequest* find(std::uint64_t number);
    // When the oldest of those that wait for their response began; kNever where none does.
    std::uint64_t oldest_waiting_ns() const;

    void add(UnansweredRequest&& request);
    UnansweredRequest take_oldest();
    // The oldest is about to be taken out for the limit.
    void note_forgotten() {
        if (!oldest().is_unknown()) ++forgotten_;
    }
    void answer_forgotten() { --forgotten_; }
    void give_up_forgotten() { forgotten_ = 0; }
    // There must be one of that number.
    void remove(std::uint64_t number);
    void clear();
    // Whatever changes the head or the memory of a request: change(request).
    template <typename Change>
    void update(UnansweredRequest& request, Change change) {
        memory_ -= request.memory();
        change(request);
        memory_ += request.memory();
        request.said.reset();
    }
    // use(request) for each, oldest first.
    template <typename Use>
    void for_each(Use use) {
        for (UnansweredRequest& request : requests_)
            use(request);
    }

    // Whether the oldest was sent before that unmatched place among the responses.
    bool waits_since(std::uint64_t place) const;
    // That place had the answer to a request that was given up, and answers no other.
    void take_place(std::uint64_t place);

    // Where the count is lost: how many are before the one that has to be answered by a response
    // which began as the `order`th message, at `first_ns`, where `given` have come. They get no
    // answer. None where it answers none of these.
    std::optional<std::size_t> count_before_answered(std::uint64_t order, std::uint64_t first_ns,
                                                     const ResponseCounts& given,
                                                     const ClientHabits& client) const;

  private:
    using List = std::list<UnansweredRequest>;

    bool are_answered_before(List::const_iterator place, const ResponseCounts& given,
                             const ClientHabits& client) const;

    List requests_;
    std::size_t memory_ = 0;
    std::uint64_t forgotten_ = 0;
};

}  // namespace httpprof::replay
