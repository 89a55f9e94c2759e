// What the two byte streams of a connection mean: the interface that a protocol implements for the
// whole connection, since both directions decide together what belongs to what.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "format/record.h"
#include "replay/boundary.h"
#include "replay/message.h"
#include "replay/message_store.h"
#include "replay/stream.h"

namespace httpprof::replay {

// A time that never comes, CLOCK_BOOTTIME.
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

// 101 is the last response in HTTP/1; the other 1xx announce one (RFC 9110, 15.2).
constexpr bool is_final_response(int status) {
    return status == 101 || status < 100 || status >= 200;
}

// What is said of a request beside the response that answers it.
struct RequestHead {
    std::string method;
    std::string target;
    std::string host;            // the value of its Host field
    std::uint64_t bytes = 0;     // of the whole message on the wire; 0 where not known yet
    bool has_anomalies = false;  // in what is known of it
};

// What one of those who have it in common takes for it, in bytes.
inline std::size_t share_of_memory(const std::shared_ptr<const RequestHead>& head) {
    if (!head) return 0;
    const std::size_t texts = head->method.size() + head->target.size() + head->host.size();
    return (sizeof *head + texts) / static_cast<std::size_t>(head.use_count());
}

// What is said of a response beside the request that it answers.
struct ResponseHead {
    int status = 0;
    std::optional<std::uint64_t> latency_ns;
};

// A message and what it belongs to on its connection.
struct Paired {
    std::shared_ptr<Message> message;
    format::Direction direction = format::Direction::send;
    std::uint64_t order = 0;                       // in which the connection's messages began
    std::optional<std::uint64_t> exchange = {};    // number of the request, from 1
    std::optional<std::uint64_t> latency_ns = {};  // responses: from the first byte of the request
    // Responses: what they answer, as far as it was read before.
    std::shared_ptr<const RequestHead> request = {};
    // Requests: their final response, where joined or where it began before they were complete.
    std::optional<ResponseHead> response = {};
    // The connection ended before the message was whole or the request was answered; not where only
    // the capture did. Of requests it is known where responses are joined.
    bool ended_early = false;
};

struct ConversationOptions {
    // Requests wait for the head of their final response, and say it.
    bool join_responses = false;
    // Bounds what open messages take in memory; null for none. Must outlive the conversation.
    MessageStore* store = nullptr;
};

class ConversationSink {
  public:
    virtual ~ConversationSink() = default;
    virtual void on_message(Paired&& paired) = 0;
    // Bytes that belong to no message. `offset`: of the first in its direction, gaps included.
    virtual void on_skipped(format::Direction direction, std::uint64_t offset,
                            std::uint64_t bytes) = 0;
    // Both directions now speak another protocol, which is not read. At most once.
    virtual void on_protocol_change(std::string_view protocol) = 0;
    // Bytes after that.
    virtual void on_opaque(std::uint64_t bytes) = 0;
    // Said beside the above. Positions count what was fed and skipped in the direction, from 0; one
    // may be before the piece that is being fed, where that was needed to tell.
    virtual void on_boundary(format::Direction, const Boundary&) {}
};

class Conversation {
  public:
    virtual ~Conversation() = default;

    // The bytes of one direction in order; `skip` for those that the capture lacks.
    virtual void feed(format::Direction direction, std::string_view bytes,
                      const Origin& origin) = 0;
    virtual void skip(format::Direction direction, std::uint64_t length, format::MissingCause cause,
                      const Origin& origin) = 0;
    // The next `length` bytes of the direction are missing for now, though what follows in the
    // other one was sent or read after them.
    virtual void expect_gap(format::Direction direction, std::uint64_t length) = 0;
    // Nothing follows in the direction.
    virtual void finish(format::Direction direction, StreamEnd end) = 0;

    // Time of the first byte of the oldest message that is not complete, or kNever.
    virtual std::uint64_t oldest_open_ns() const = 0;
    // What it takes in memory, roughly, but for what would go to the store's file.
    virtual std::size_t memory() const = 0;
};

}  // namespace httpprof::replay
