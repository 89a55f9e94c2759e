// Where messages of one direction may have passed that were not read: in gaps of the capture, and
// in bytes that are not HTTP.
//
// Such a place counts as one response that answers no known request, and counts again where another
// request has begun since: its answer may be there too. A gap counts as soon as it is expected, as
// what follows in the other direction came after it. What --snaplen cut off a call behind the
// beginning of a message does not count: a client that waits has nothing behind that message in the
// same call.
#pragma once

#include <cstdint>
#include <optional>

#include "format/record.h"
#include "replay/message.h"
#include "replay/protocol/unanswered_requests.h"

namespace httpprof::replay {

class UnreadMessages {
  public:
    // A gap that the parser did not step over.
    struct PassedGap {
        bool is_cut_off = false;     // what a call moved beyond --snaplen
        bool is_in_message = false;  // began in one, or while one was searched for
        bool is_new = false;         // counts only now
        bool may_have_more = false;  // than it counted for when it was expected
        // Where a message was due to begin: the first of the unmatched responses that it may be.
        std::optional<std::uint64_t> due_place = {};
    };

    // Places are added to `given`, which must outlive this.
    explicit UnreadMessages(ResponseCounts& given) : given_(given) {}

    // `begun`, here and below: how many requests of the connection have.
    void expect_gap(std::uint64_t length, std::uint64_t begun);
    // Around what the parser does with bytes, and with a gap.
    void begin_feed(std::uint64_t length);
    void end_feed(std::uint64_t begun) { begun_before_feed_ = begun; }
    void begin_gap(std::uint64_t length, format::MissingCause cause);
    void end_gap();

    void begin_message() { is_searching_ = false; }
    void end_message(const Message& message);
    // The next message is searched for from here on. Returns the gap that is being passed, if one.
    std::optional<PassedGap> lose_place(std::uint64_t begun);
    // Bytes were passed that end there in the stream, and may have had an answer.
    void pass_bytes(std::uint64_t end, std::uint64_t begun);
    void count_place(std::uint64_t begun);
    // The last place had the answer to a request that is known: what follows counts again.
    void settle_place() { counted_at_.reset(); }

    // Whether what ends there in the stream is of the bytes that are being read.
    bool is_in_feed(std::uint64_t end) const { return end > feed_begin_; }
    bool is_searching() const { return is_searching_; }
    bool has_gap() const { return has_gap_; }

  private:
    PassedGap pass_gap(bool was_searching, std::uint64_t begun);

    ResponseCounts& given_;
    std::uint64_t position_ = 0;               // in the stream, behind all that was fed and skipped
    std::uint64_t feed_begin_ = 0;             // of the bytes that are being read
    std::uint64_t begun_before_feed_ = 0;      // requests, before these bytes
    std::optional<std::uint64_t> counted_at_;  // requests that had begun at the last place
    std::optional<std::uint64_t> expected_place_;  // PassedGap::due_place of the gap to come
    std::uint64_t expected_until_ = 0;             // where that ends at the least
    std::optional<format::MissingCause> gap_;      // that is being passed
    bool cut_message_ = false;                     // by that gap
    bool cut_interim_ = false;                     // that was a 1xx
    bool is_searching_ = false;                    // for the next message
    bool has_gap_ = false;                         // in which whole messages may be
};

}  // namespace httpprof::replay
