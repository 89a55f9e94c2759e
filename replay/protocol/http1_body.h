// Reads the body of one HTTP/1 message at a time, by its framing (RFC 9112, 6 and 7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "replay/protocol/http1_builder.h"
#include "replay/protocol/http1_chunked.h"
#include "replay/protocol/http1_framing.h"
#include "replay/protocol/http1_section.h"
#include "replay/protocol/origin_buffer.h"

namespace httpprof::replay {

class BodyReader {
  public:
    enum class Outcome : std::uint8_t {
        open,
        complete,
        broken,  // the framing is; the message ends here, and nobody knows where the next begins
    };

    // `builder` must outlive the reader. `section_limit` bounds what is looked at of a chunk line,
    // and the trailers, in bytes.
    BodyReader(MessageBuilder& builder, std::size_t section_limit);

    void start(const Framing& framing);
    Outcome outcome() const { return outcome_; }
    bool ends_with_stream() const { return state_ == State::until_close; }

    // Takes bytes from the front while the body is open; returns how many.
    std::size_t consume(std::string_view bytes, const Origin& origin);
    // Bytes are missing. Returns how many of them were stepped over, up to the end of the body;
    // fewer with the body still open mean that its place is lost.
    std::uint64_t skip(std::uint64_t length, format::MissingCause cause, const Origin& origin);
    // The rest of the message will not come: what is pending becomes part of it as it is.
    void cut();
    // The same, because of a gap behind which the place is lost.
    void cut_by_gap(format::MissingCause cause);
    // After `broken`: bytes that were consumed and do not belong to the message.
    OriginBuffer take_unplaced();

    // What it holds, in bytes.
    std::size_t memory() const {
        return pending_.memory() + index_.lines.capacity() * sizeof(LineIndex::Line);
    }

  private:
    enum class State : std::uint8_t {
        length,
        until_close,
        chunk_line,
        chunk_line_rest,  // of a line beyond the limit
        chunk_data,
        chunk_end,
        trailers,
    };

    std::size_t consume_data(std::string_view bytes, const Origin& origin);
    std::size_t consume_chunk_line(std::string_view bytes, const Origin& origin);
    std::size_t consume_chunk_line_rest(std::string_view bytes, const Origin& origin);
    std::size_t consume_chunk_end(std::string_view bytes, const Origin& origin);
    std::size_t consume_trailers(std::string_view bytes, const Origin& origin);
    void data_ended();
    void skip_data(std::uint64_t length, format::MissingCause cause, const Origin& origin);
    std::uint64_t skip_in_chunk(std::uint64_t length, format::MissingCause cause,
                                const Origin& origin);
    bool has_bare_lf() const;
    void use_chunk_line(const ChunkLine& parsed, std::string_view line, const Origin& origin);
    void use_long_chunk_line();
    void note_bare_lf(std::uint64_t offset);
    void chunk_line_ended();
    void refuse_chunk_line();
    void add_trailers(std::string_view whole_lines);
    void note_pending_origins();
    void add_pending();

    MessageBuilder& builder_;
    std::size_t section_limit_;
    State state_ = State::length;
    Outcome outcome_ = Outcome::complete;
    std::uint64_t remaining_ = 0;  // of the body or the data of the chunk, in bytes
    bool chunk_end_cr_ = false;    // the CR after a chunk was seen
    OriginBuffer pending_;         // of a chunk line or the trailers
    SectionScanner section_;
    LineIndex index_;
};

}  // namespace httpprof::replay
