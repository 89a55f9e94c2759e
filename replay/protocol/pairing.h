// HTTP/1 on one connection: a parser for each direction, and which response answers which request.
//
// Pairing is first in, first out (RFC 9112, 9.3): a final response answers the oldest request that
// has none; interim responses belong to it and leave it open. Times matter only where the count is
// lost: when responses are missing from the capture, the next one answers the last request that
// began before it, and the requests before that stay without an answer. Where that request may be
// missing too, the response stays unmatched: no pairing is better than a wrong one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "replay/protocol/conversation.h"
#include "replay/protocol/http1.h"

namespace httpprof::replay {

class Http1Pairing final : public Conversation {
  public:
    // `sink` must outlive the conversation.
    explicit Http1Pairing(ConversationSink& sink, const ConversationOptions& options = {});
    Http1Pairing(const Http1Pairing&) = delete;
    Http1Pairing& operator=(const Http1Pairing&) = delete;

    void feed(format::Direction direction, std::string_view bytes, const Origin& origin) override;
    void skip(format::Direction direction, std::uint64_t length, format::MissingCause cause,
              const Origin& origin) override;
    void expect_gap(format::Direction direction) override;
    void finish(format::Direction direction, StreamEnd end) override;
    std::uint64_t oldest_open_ns() const override;

  private:
    struct Request {
        std::uint64_t number = 0;  // on the connection, from 1
        std::uint64_t first_ns = 0;
        std::shared_ptr<const RequestHead> head = {};  // null while the request is not complete
        bool before_gap = false;                       // in which there may be more requests
        std::optional<Paired> waiting = {};            // for its response, where those are joined
    };

    // What a response remembers of its request.
    struct Answered {
        std::uint64_t number = 0;
        std::optional<std::uint64_t> latency_ns;
        std::shared_ptr<const RequestHead> head;
    };

    // A message that began and is not complete.
    struct Open {
        std::uint64_t first_ns = 0;
        std::uint64_t order = 0;
        bool answered = false;                      // a request: its final response came first
        bool paired = false;                        // a response: `answers` was chosen
        std::optional<Answered> answers = {};       // a response
        std::optional<ResponseHead> response = {};  // a request: the one that came first
    };

    // One direction. Which one carries the requests follows from the messages.
    class Side final : public Http1Sink {
      public:
        Side(Http1Pairing& pairing, format::Direction direction)
            : pairing_(pairing), direction_(direction) {}

        void feed(std::string_view bytes, const Origin& origin);
        void skip(std::uint64_t length, format::MissingCause cause, const Origin& origin);
        void expect_gap();
        void finish(StreamEnd how);
        void leave();

        // Requests of this side.
        const Request* oldest_unanswered();  // valid until this side changes; null for none
        void answer_oldest(const std::optional<ResponseHead>& response);
        std::uint64_t oldest_waiting_ns() const;
        // Gives up the requests before the last one that began by `time_ns`.
        void forget_before_last(std::uint64_t time_ns);
        void forget_all();
        // The answer has come that decides what follows a request, and does not change the
        // protocol; or none will.
        void go_on();
        // Of the side of responses; where some may be missing, an answer may be among them.
        bool has_ended_without_answer() const { return has_ended() && !place_lost && !has_gap; }

        void on_begin(const Origin& first) override;
        void on_message(std::shared_ptr<Message> message) override;
        void on_abandoned() override;
        void on_skipped(std::uint64_t offset, std::uint64_t bytes) override;
        std::string_view method_answered_by(int status) override;
        bool awaits_answer() override;
        void on_protocol_change(std::string_view protocol) override;
        void on_opaque(std::uint64_t bytes) override;
        void on_boundary(const Boundary& boundary) override;

        std::optional<Open> open;
        std::deque<Request> unanswered;
        bool has_had_requests = false;
        std::optional<StreamEnd> end;
        // The next response here need not be that of the oldest request.
        bool place_lost = false;
        bool has_gap = false;  // in which whole messages may be

      private:
        // How a message ended in a gap.
        enum class EndInGap : std::uint8_t {
            none,      // none did, or the gap cut it off
            in_head,   // too little of it was seen to report it
            before,    // whole; the gap goes on
            with_gap,  // whole, and where the gap ends
        };

        bool has_ended() const { return end && *end != StreamEnd::cut; }
        Http1Parser& parser(std::string_view first_bytes);
        void complete_request(std::shared_ptr<Message> message);
        void complete_response(std::shared_ptr<Message> message);
        void pair(int status);
        void forget_oldest(const std::optional<ResponseHead>& response);
        void deliver_waiting(Paired&& request, const std::optional<ResponseHead>& response);

        Http1Pairing& pairing_;
        format::Direction direction_;
        std::optional<Http1Parser> parser_;  // from the first bytes on
        Request incomplete_;                 // the open one, as oldest_unanswered() gives it
        bool left_ = false;
        std::uint64_t completed_ = 0;  // messages, whole or given up
        std::uint64_t skipping_ = 0;   // length of the gap being passed, or 0
        EndInGap end_in_gap_ = EndInGap::none;
    };

    Side& side(format::Direction direction);
    Side& other(const Side& side);
    // The request that a response which began at `first_ns` on `responses` answers.
    const Request* find_answered(Side& responses, std::uint64_t first_ns);

    ConversationSink& sink_;
    const ConversationOptions options_;
    Side send_;
    Side recv_;
    std::uint64_t requests_ = 0;            // numbers given
    std::uint64_t counted_until_ = kNever;  // the last number that no gap is before
    std::uint64_t begun_ = 0;               // messages, for Paired::order
};

}  // namespace httpprof::replay
