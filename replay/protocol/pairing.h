// HTTP/1 on one connection: a parser for each direction, and which response answers which request.
//
// Pairing is first in, first out (RFC 9112, 9.3): a final response answers the oldest request that
// has none; interim responses belong to it and leave it open. A request counts from the beginning
// of its target on.
//
// The count is lost where messages may have passed unread. Such a place stands for one answer at
// the most, and a request that may be in one counts as answered where a response to none has come.
// What --snaplen cut off a call behind the beginning of a message has no answers, but it may have
// requests, unless the client waits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "replay/protocol/conversation.h"
#include "replay/protocol/http1.h"
#include "replay/protocol/unanswered_requests.h"
#include "replay/protocol/unread_messages.h"

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
    void expect_gap(format::Direction direction, std::uint64_t length) override;
    void finish(format::Direction direction, StreamEnd end) override;
    std::uint64_t oldest_open_ns() const override;
    std::size_t memory() const override;

  private:
    // What a response remembers of its request.
    struct Answered {
        std::uint64_t number = 0;
        std::optional<std::uint64_t> latency_ns = {};
        std::shared_ptr<const RequestHead> head = {};
    };

    // A message that began and is not complete.
    struct Open {
        std::uint64_t first_ns = 0;
        std::uint64_t order = 0;
        std::uint64_t number = 0;                   // of a request; 0 for a response
        bool has_head = false;                      // a request: all that is captured of it
        bool answered = false;                      // a request: nothing more is awaited
        bool paired = false;                        // a response: `answers` was chosen
        std::optional<Answered> answers = {};       // a response
        std::optional<ResponseHead> response = {};  // a request: the one that came first
    };

    // One direction. Which one carries the requests follows from the messages.
    class Side final : public Http1Sink {
      public:
        Side(Http1Pairing& pairing, format::Direction direction);

        void feed(std::string_view bytes, const Origin& origin);
        void skip(std::uint64_t length, format::MissingCause cause, const Origin& origin);
        void expect_gap(std::uint64_t length);
        // What the open request has behind its header section was sent before what follows.
        void expect_content();
        void finish(StreamEnd how);
        void leave();

        // Requests of this side. The oldest may be unknown: that one is not answered.
        void answer_oldest(const std::optional<ResponseHead>& response);
        // A response to the request with that number has begun.
        void see_answer(std::uint64_t number, int status);
        std::uint64_t oldest_waiting_ns() const;
        std::size_t memory() const;
        // Where the count is lost: whether the last request that began before that response has to
        // be the one that it answers. Those before it are given up then.
        bool find_oldest(const Open& response);
        void forget_all();
        // The answer has come that decides what follows a request, and does not change the
        // protocol; or none will.
        void go_on();
        // A response begins: the request whose start line is not all there counts from now on.
        void begin_early();
        // What is complete of a response waits until that request, or the one whose header section
        // is not all there, says what it is; false where there is none of that number.
        bool hold_response(std::uint64_t number, Paired& response);
        // Of the side of responses: one is being read, and which request it answers is not known
        // yet.
        bool is_in_unpaired() const { return open && !open->paired; }
        // Of the side of responses; where some may be missing, an answer may be among them.
        bool has_ended_without_answer() const {
            return has_ended() && !place_lost && !unread.has_gap();
        }

        void on_begin(const Origin& first, const StartLine& line) override;
        void on_request_head(const Message& message) override;
        void on_message(std::shared_ptr<Message> message) override;
        void on_place_lost() override;
        void on_skipped(std::uint64_t offset, std::uint64_t bytes) override;
        std::string_view method_answered_by(int status) override;
        bool awaits_answer() override;
        std::optional<Message::Kind> role() override;
        void on_protocol_change(std::string_view protocol) override;
        void on_opaque(std::uint64_t bytes) override;
        void on_boundary(const Boundary& boundary) override;

        std::optional<Open> open;
        UnansweredRequests unanswered;
        bool has_had_requests = false;
        std::optional<StreamEnd> end;
        // The next response here need not be that of the oldest request.
        bool place_lost = false;
        ResponseCounts given;  // by this side
        UnreadMessages unread{given};

      private:
        bool has_ended() const { return end && *end != StreamEnd::cut; }
        UnansweredRequest* open_request();
        void begin_request(const Origin& first, const StartLine& line);
        std::uint64_t add_request(std::uint64_t first_ns, std::uint64_t order,
                                  const StartLine& line);
        void take_up_early(const StartLine& line);
        void give_up_early();
        void release_responses(const std::shared_ptr<const RequestHead>& head);
        bool is_all_answered() const;
        void add_unanswered(UnansweredRequest&& request);
        void put_away(Message& message);
        void wait(UnansweredRequest& request, Paired&& paired);
        void give_up_waiting();
        bool refills_pipeline() const;
        void learn_about_client();
        void pass_gap(const UnreadMessages::PassedGap& gap);
        UnansweredRequest* add_unknown();
        void pass_requests();
        void complete_request(std::shared_ptr<Message> message);
        void complete_response(std::shared_ptr<Message> message);
        void pair(int status);
        void settle_oldest(const std::optional<ResponseHead>& response);
        void deliver_waiting(Paired&& request, const std::optional<ResponseHead>& response);

        Http1Pairing& pairing_;
        format::Direction direction_;
        Http1Parser parser_;
        // A request of which a response began while its start line was not all there.
        struct Early {
            std::uint64_t number = 0;
            std::uint64_t first_ns = 0;
            std::uint64_t order = 0;
            std::optional<ResponseHead> response = {};  // the final one
        };

        ResponseCounts before_next_;          // before the next message that begins
        std::optional<Early> early_;          // the next request
        std::vector<Paired> held_responses_;  // to the request whose head is not all there
        bool passed_in_feed_ = false;  // of the bytes that are being read: a message, or others
    };

    Side& side(format::Direction direction);
    Side& other(const Side& side);
    // The request that a response which began at `first_ns` on `responses` answers.
    UnansweredRequest* find_answered(Side& responses, std::uint64_t first_ns);

    ConversationSink& sink_;
    const ConversationOptions options_;
    Side send_;
    Side recv_;
    std::uint64_t requests_ = 0;  // numbers given
    std::uint64_t begun_ = 0;     // messages, for Paired::order
    ClientHabits client_;
};

}  // namespace httpprof::replay
