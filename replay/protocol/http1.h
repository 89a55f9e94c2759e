// The HTTP/1.0 and HTTP/1.1 message parser for one direction of a connection (RFC 9112).
//
// It is fed the bytes of a stream in order, in pieces of any size; what it reports does not depend
// on how they are cut, with one exception: where the method of the first request is not registered,
// and a piece ends just before its last part, which is ("B" and "COPY / HTTP/1.1"), that is taken
// for the method, and what is before it for the end of a body that the stream was joined in. Bytes
// that the capture lacks are announced with skip(), never made up.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "replay/boundary.h"
#include "replay/message.h"
#include "replay/message_store.h"
#include "replay/protocol/http1_head.h"

namespace httpprof::replay {

// Limits on what one message may keep in memory. Beyond them bytes are counted, not kept.
struct Http1Limits {
    std::uint64_t header_section = 256 * 1024;  // start line and field lines; a longer one is cut
    std::uint64_t kept = 64ull * 1024 * 1024;   // of what follows the header section
    std::uint64_t held = 64 * 1024;             // behind a request whose answer decides what it is
};

class Http1Sink {
  public:
    virtual ~Http1Sink() = default;

    // A message begins with this start line, of which the end may be missing; on_message for it
    // follows. At most one is open at a time.
    virtual void on_begin(const Origin& first, const StartLine& line) = 0;
    // The header section of the open request has been read, as far as it was captured.
    virtual void on_request_head(const Message&) {}
    virtual void on_message(std::shared_ptr<Message> message) = 0;
    // What follows need not begin with a message: the parser looks for the next one. There may be
    // messages that it does not see, in a gap or in bytes that are not understood.
    virtual void on_place_lost() {}
    // Captured bytes of the stream that belong to no message: not HTTP, or after a gap and before
    // the next start of a message. `offset`: of the first in the stream, gaps included.
    virtual void on_skipped(std::uint64_t offset, std::uint64_t bytes) = 0;

    // The method of the request that the response answers whose header section has just been read,
    // or empty when it is not known. HEAD and CONNECT change the framing (RFC 9112, 6.3):
    // where it is empty, another response may begin in place of the content.
    virtual std::string_view method_answered_by(int status) = 0;

    // A request has just ended that may change the protocol: a CONNECT, or one with an Upgrade.
    // Whether its final response may still come. The bytes behind it are held back then, within
    // the limits, until Http1Parser::go_on() or leave().
    virtual bool awaits_answer() { return false; }
    // From here on the stream is no longer HTTP/1: 101, or a 2xx to CONNECT. For a response the
    // parser calls this after on_message and then counts all bytes as opaque; the other direction
    // is switched with Http1Parser::leave(). `protocol` is its name (next_protocol()).
    virtual void on_protocol_change(std::string_view protocol) = 0;
    // Captured bytes after the protocol changed.
    virtual void on_opaque(std::uint64_t bytes) = 0;

    // The only kind of message that the stream can have, where that is known from elsewhere. Asked
    // where the next one has to be looked for.
    virtual std::optional<Message::Kind> role() { return std::nullopt; }

    // Said beside the above. Positions count what was fed and skipped, from 0; one may be before
    // the piece that is being fed, where that was needed to tell.
    virtual void on_boundary(const Boundary&) {}
};

class Http1Parser {
  public:
    // `sink`, and `store` where it is not null, must outlive the parser.
    explicit Http1Parser(Http1Sink& sink, Http1Limits limits = {}, MessageStore* store = nullptr);
    Http1Parser(Http1Parser&&) noexcept;
    Http1Parser& operator=(Http1Parser&&) noexcept;
    ~Http1Parser();

    void feed(std::string_view bytes, const Origin& origin);
    // `length` bytes are missing here. Inside a body of known length they are stepped over;
    // elsewhere the parser looks for the next start of a message.
    void skip(std::uint64_t length, format::MissingCause cause, const Origin& origin);
    // The stream ended (`orderly`: with a FIN, so that a body that ends with the connection is
    // whole), or the capture did (not orderly: an open message is reported truncated).
    void finish(bool orderly);
    // The other direction changed the protocol: all further bytes are opaque, those that are held
    // back included.
    void leave();
    // The protocol does not change: what is held back is HTTP/1.
    void go_on();
    // Time of the first byte that is held back, or of a start line that is not complete.
    std::optional<std::uint64_t> held_since_ns() const;
    // Content of the open request that waited for 100 (Continue) comes, or was already sent.
    void expect_content();
    // The final response to the open request has begun. Content that waited need not come: it does
    // not where another request begins in its place.
    void answered();
    // The kind of the messages, where one began in its place.
    std::optional<Message::Kind> role() const;
    // Of a start line that is not all there: what it says so far, where that is no doubt about it.
    // Good until the next call.
    std::optional<StartLine> cut_start_line() const;
    // Whether what was fed ends within a start line, as it seems.
    bool is_in_start_line() const;
    // What it takes in memory, roughly, but for what would go to the store's file.
    std::size_t memory() const;

  private:
    class Impl;
    Impl& impl();

    Http1Sink* sink_;
    Http1Limits limits_;
    MessageStore* store_;
    std::unique_ptr<Impl> impl_;  // null before the first use: one direction may be silent
};

}  // namespace httpprof::replay
