// One connection as one of its ends saw it: two streams, and the conversation on them.
//
// Records come in the order in which their system calls ended, which is causal but for threads that
// overtake each other. When one direction skips ahead, the whole connection waits: were the other
// direction to go on, responses would be paired while a request is still missing. What waits is
// held back until the hole is filled, or until it is clear that it will not be (reorder.h).
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "format/record.h"
#include "replay/protocol/conversation.h"
#include "replay/stream.h"
#include "replay/tally.h"
#include "replay/timeline.h"

namespace httpprof::replay {

class MessageSink {
  public:
    virtual ~MessageSink() = default;
    virtual void on_message(PlacedMessage&& message) = 0;
};

class Connection final : private ConversationSink {
  public:
    // `sink` and `tally` must outlive the connection.
    Connection(std::uint64_t id, const format::Socket& socket, MessageSink& sink, Tally& tally);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void add(const format::DataRecord& record);
    void add(const format::FinRecord& record);
    // The socket is gone.
    void close(std::uint64_t time_ns);
    // The capture ends; the connection may have gone on.
    void cut();

    // Stops waiting for what should have come before records that are older than `time_ns`.
    void stop_waiting_before(std::uint64_t time_ns);

    std::uint64_t id() const { return id_; }
    // Time of the first record that is held back, or kNever.
    std::uint64_t held_since_ns() const;
    // Time of the first byte of the oldest message that is not complete, counting those in records
    // that are held back, or kNever.
    std::uint64_t oldest_open_ns() const;

  private:
    // One direction on its way from its stream into the conversation.
    class Lane final : public StreamSink {
      public:
        Lane(Connection& connection, format::Direction direction, Tally& tally);
        void on_bytes(std::string_view bytes, const Origin& origin) override;
        void on_gap(std::uint64_t length, format::MissingCause cause,
                    const Origin& origin) override;
        void on_end(bool orderly) override;

        Stream stream;

      private:
        Connection& connection_;
        format::Direction direction_;
    };

    struct Held {
        format::Direction direction;
        std::string bytes;
        Segment segment;  // its bytes are those above
    };
    using HeldList = std::list<Held>;

    Stream& stream(format::Direction direction);
    // The conversation, which the connection's first bytes decide; null when nobody reads it.
    Conversation* conversation(std::string_view first_bytes);
    bool skips_ahead(format::Direction direction, const Segment& segment);
    bool is_ready(format::Direction direction, const Segment& segment) const;
    void hold(format::Direction direction, const Segment& segment);
    HeldList::iterator next_deliverable();
    void deliver(HeldList::iterator held);
    void deliver_what_can_be();
    void stop_waiting();

    void on_message(Paired&& paired) override;
    void on_skipped(std::uint64_t bytes) override;
    void on_opaque(std::uint64_t bytes) override;

    const std::uint64_t id_;
    const format::Socket socket_;
    MessageSink& sink_;
    Tally& tally_;
    Lane send_;
    Lane recv_;
    bool started_ = false;
    std::unique_ptr<Conversation> conversation_;
    Tally::Unparsed* unparsed_ = nullptr;  // in place of a conversation
    HeldList held_;                        // in order of arrival
    std::size_t held_bytes_ = 0;
};

}  // namespace httpprof::replay
