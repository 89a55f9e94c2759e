// One connection as one of its ends saw it: two streams, and the conversation on them.
//
// Records come in the order in which their system calls ended, which is causal but for threads that
// overtake each other. Each record says where both directions stood. While bytes before that are
// missing in either, the whole connection waits: were one direction to go on, responses would be
// paired while a request is still missing. What waits is held back until the hole is filled, or
// until it is clear that it will not be (reorder.h).
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "format/record.h"
#include "replay/not_http.h"
#include "replay/protocol/conversation.h"
#include "replay/protocol/origin_buffer.h"
#include "replay/stream.h"
#include "replay/tally.h"
#include "replay/timeline.h"
#include "replay/transfer.h"

namespace httpprof::replay {

class MessageSink {
  public:
    virtual ~MessageSink() = default;
    virtual void on_message(PlacedMessage&& message) = 0;
    // What the messages are made of.
    virtual void on_transfer(Transfer&&) {}
};

class Connection final : private ConversationSink {
  public:
    // `sink` and `tally` must outlive the connection.
    Connection(std::uint64_t id, const format::Socket& socket, MessageSink& sink, Tally& tally,
               const ConversationOptions& options = {});
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void add(const format::DataRecord& record);
    void add(const format::FinRecord& record);
    void add(const format::CloseRecord& record);
    // The capture ends; the connection may have gone on.
    void cut();
    // The same while the capture goes on: what it has of the connection from here on is of another.
    void give_up();

    // Stops waiting for what should have come before records that are older than `time_ns`.
    void stop_waiting_before(std::uint64_t time_ns);

    std::uint64_t id() const { return id_; }
    // Time of the first record that is held back, or kNever.
    std::uint64_t held_since_ns() const;
    // Time of the first byte of the oldest message that is not complete, counting those in records
    // that are held back, or kNever.
    std::uint64_t oldest_open_ns() const;
    // What it takes in memory, roughly, but for what would go to the store's file.
    std::size_t memory() const;

  private:
    // One direction on its way from its stream into the conversation.
    class Lane final : public StreamSink {
      public:
        Lane(Connection& connection, format::Direction direction, Tally& tally);
        void on_bytes(std::string_view bytes, const Origin& origin) override;
        void on_gap(std::uint64_t length, format::MissingCause cause,
                    const Origin& origin) override;
        void on_end(StreamEnd end) override;

        // Time of the first byte that is held back, or kNever.
        std::uint64_t held_since_ns() const;
        std::size_t memory() const;
        // Hands on what is held back behind a PROXY header, whatever the protocol is.
        void hand_on();
        // Of the byte that the conversation has `count` bytes before.
        std::uint64_t position_of(std::uint64_t count) const;

        Stream stream;
        std::uint64_t stepped_over = 0;    // before that, gaps included
        std::uint64_t taken = 0;           // by the conversation, gaps included
        std::vector<Boundary> boundaries;  // since the last transfer
        // The other direction no longer waits for bytes before this position.
        std::uint64_t given_up = 0;
        NotHttpPlaces::Last not_http;

      private:
        void end_beginning(std::uint64_t header_size);
        std::uint64_t step_over(std::uint64_t length);

        Connection& connection_;
        format::Direction direction_;
        bool is_at_beginning_ = true;
        OriginBuffer beginning_;  // until it tells whether it is a PROXY header, and protocol
        std::uint64_t header_left_ = 0;  // of a PROXY header
    };

    struct Held {
        format::Direction direction;
        std::string bytes;
        Segment segment;  // its bytes are those above
    };
    using HeldList = std::list<Held>;

    Lane& lane(format::Direction direction);
    const Lane& lane(format::Direction direction) const;
    // The conversation, which the first bytes of `speaker` decide if none did before; null when
    // nobody reads it.
    Conversation* conversation(const Lane& speaker, std::string_view first_bytes);
    // The direction whose missing bytes come before the segment, if any are.
    std::optional<format::Direction> awaited(format::Direction direction,
                                             const Segment& segment) const;
    bool has_begun() const;
    bool is_answer_overtaking(format::Direction direction, const Segment& segment) const;
    void deliver(format::Direction direction, const Segment& segment);
    template <typename What>
    void tell(format::Direction direction, const What& what);
    void tell_boundaries();
    void hold(format::Direction direction, const Segment& segment);
    HeldList::iterator next_deliverable();
    HeldList::iterator awaited_before(HeldList::iterator held, format::Direction wanted);
    void cut_off_behind(HeldList::iterator held, std::uint64_t position);
    void release(HeldList::iterator held);
    void release_what_can_be();
    // The held record of the direction that comes first in its stream.
    HeldList::iterator earliest(format::Direction direction);
    void stop_waiting();

    void on_message(Paired&& paired) override;
    void on_skipped(format::Direction direction, std::uint64_t offset,
                    std::uint64_t bytes) override;
    void on_protocol_change(std::string_view protocol) override;
    void on_opaque(std::uint64_t bytes) override;
    void on_boundary(format::Direction direction, const Boundary& boundary) override;

    const std::uint64_t id_;
    const format::Socket socket_;
    MessageSink& sink_;
    Tally& tally_;
    const ConversationOptions options_;
    Lane send_;
    Lane recv_;
    bool started_ = false;
    std::unique_ptr<Conversation> conversation_;
    Tally::Unparsed* unparsed_ = nullptr;  // in place of a conversation
    std::uint64_t* opaque_ = nullptr;      // count of bytes, once the protocol changed
    HeldList held_;                        // in order of arrival
    std::size_t held_bytes_ = 0;
};

}  // namespace httpprof::replay
