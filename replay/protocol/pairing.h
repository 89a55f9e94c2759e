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
#include <optional>
#include <string>

#include "replay/protocol/conversation.h"
#include "replay/protocol/http1.h"

namespace httpprof::replay {

class Http1Pairing final : public Conversation {
  public:
    // `sink` must outlive the conversation.
    explicit Http1Pairing(ConversationSink& sink);
    Http1Pairing(const Http1Pairing&) = delete;
    Http1Pairing& operator=(const Http1Pairing&) = delete;

    void feed(format::Direction direction, std::string_view bytes, const Origin& origin) override;
    void skip(format::Direction direction, std::uint64_t length, format::MissingCause cause,
              const Origin& origin) override;
    void expect_gap(format::Direction direction) override;
    void finish(format::Direction direction, bool orderly) override;
    std::uint64_t oldest_open_ns() const override;

  private:
    struct Request {
        std::uint64_t number = 0;  // on the connection, from 1
        std::uint64_t first_ns = 0;
        std::string method;       // empty while the request is not complete
        bool before_gap = false;  // in which there may be more requests
    };

    // A message that began and is not complete.
    struct Open {
        std::uint64_t first_ns = 0;
        std::uint64_t order = 0;
        bool answered = false;           // a request: its final response came first
        bool paired = false;             // a response: `answers` was chosen
        std::optional<Request> answers;  // a response
    };

    // One direction. Which one carries the requests follows from the messages.
    class Side final : public Http1Sink {
      public:
        Side(Http1Pairing& pairing, format::Direction direction)
            : pairing_(pairing), direction_(direction) {}

        void feed(std::string_view bytes, const Origin& origin);
        void skip(std::uint64_t length, format::MissingCause cause, const Origin& origin);
        void expect_gap();
        void finish(bool orderly);
        void leave();

        // Requests of this side.
        std::optional<Request> oldest_unanswered() const;
        void answer_oldest();
        // Gives up the requests before the last one that began by `time_ns`.
        void forget_before_last(std::uint64_t time_ns);

        void on_begin(const Origin& first) override;
        void on_message(Message&& message) override;
        void on_abandoned() override;
        void on_skipped(std::uint64_t bytes) override;
        std::string_view method_answered_by(int status) override;
        void on_protocol_change() override;
        void on_opaque(std::uint64_t bytes) override;

        std::optional<Open> open;
        std::deque<Request> unanswered;
        bool has_had_requests = false;
        // The next response here need not be that of the oldest request.
        bool place_lost = false;

      private:
        // How a message ended in a gap.
        enum class EndInGap : std::uint8_t {
            none,      // none did, or the gap cut it off
            in_head,   // too little of it was seen to report it
            before,    // whole; the gap goes on
            with_gap,  // whole, and where the gap ends
        };

        Http1Parser& parser(std::string_view first_bytes);
        void complete_request(Message&& message);
        void complete_response(Message&& message);
        void pair(bool is_final);

        Http1Pairing& pairing_;
        format::Direction direction_;
        std::optional<Http1Parser> parser_;  // from the first bytes on
        bool left_ = false;
        std::uint64_t completed_ = 0;  // messages, whole or given up
        std::uint64_t skipping_ = 0;   // length of the gap being passed, or 0
        EndInGap end_in_gap_ = EndInGap::none;
    };

    Side& side(format::Direction direction);
    Side& other(const Side& side);
    // The request that a response which began at `first_ns` on `responses` answers.
    std::optional<Request> find_answered(Side& responses, std::uint64_t first_ns);

    ConversationSink& sink_;
    Side send_;
    Side recv_;
    std::uint64_t requests_ = 0;  // numbers given
    std::uint64_t begun_ = 0;     // messages, for Paired::order
    bool changed_ = false;        // to another protocol
};

}  // namespace httpprof::replay
