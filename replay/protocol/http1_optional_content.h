// Content that a header section announces and that need not come: the next message may begin in its
// place. That of a request which waited for 100 (Continue), once the final response has begun (RFC
// 9110, 10.1.1), and that of a response to a request that is not known, which may be HEAD (RFC
// 9112, 6.3). The first line of what comes tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "format/record.h"
#include "replay/message.h"
#include "replay/protocol/origin_buffer.h"

namespace httpprof::replay {

class OptionalContent {
  public:
    enum class Outcome : std::uint8_t {
        open,
        comes,    // what was taken is the beginning of it
        omitted,  // what was taken is the beginning of the next message
    };

    // `line_limit`: bytes in which a start line has to end.
    explicit OptionalContent(std::size_t line_limit) : line_limit_(line_limit) {}

    // `kind`: of the message. `length`: of its content in bytes, 0 where that is not announced.
    void start(Message::Kind kind, std::uint64_t length);
    Outcome outcome() const { return outcome_; }

    // Takes bytes from the front while it is open; returns how many.
    std::size_t consume(std::string_view bytes, const Origin& origin);
    // Bytes are missing. Where it is open behind them, its place is lost.
    void skip(std::uint64_t length, format::MissingCause cause);
    // The stream ended, as in Http1Parser::finish(). It is not open then.
    void finish(bool orderly);
    // What was taken.
    OriginBuffer take();
    std::size_t memory() const { return taken_.memory(); }

  private:
    bool is_start_line() const;
    bool may_be_start_line() const;
    bool is_like_start_line() const;

    std::size_t line_limit_;
    Message::Kind kind_ = Message::Kind::request;
    Outcome outcome_ = Outcome::open;
    std::uint64_t length_ = 0;
    OriginBuffer taken_;  // no more than a line
};

}  // namespace httpprof::replay
