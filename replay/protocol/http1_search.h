// Finding the start of a message in bytes whose place in the protocol is not known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "replay/message.h"
#include "replay/protocol/origin_buffer.h"

namespace httpprof::replay {

// Where in `line` a start line begins that reaches to the end of it, if any does. A body need not
// end with a line end, so that the next start line can follow it in the same line; behind white
// space it is text, unless it is a status line and nothing else stands before it.
//
// Strict, because what is looked at may be anything: the line ends with CRLF, or also with LF alone
// where `bare_lf` (the sender is known for that), and the start line keeps to the grammar. `role`:
// the only kind to look for, if set. Unless `whole_line` (the line is known to be complete at its
// beginning) only well-known methods are believed, since the first letters of a method could be
// missing and the last letters of a body stand before it.
std::optional<std::size_t> find_start_line(std::string_view line, std::optional<Message::Kind> role,
                                           bool whole_line, bool bare_lf = false);

// Whether a method is registered, or that of a widespread server.
bool is_known_method(std::string_view method);

// Whether a target of that method may begin so: with a slash, with a scheme, or as an asterisk.
bool is_request_target(std::string_view target, std::string_view method);

// How many bytes of `method`, which is not known, stand before one that is known and reaches to its
// end; 0 when there is none.
std::size_t size_before_method(std::string_view method);

// The search over a stream: a start line, and after it the beginning of a field line or the empty
// line.
class StartSearch {
  public:
    // `window`: bytes at the end of a line in which a start line is looked for; no more than two
    // of it are kept.
    explicit StartSearch(std::size_t window) : window_(window) {}

    // Begins anew. `role`, `at_line_start` and `bare_lf` are as in find_start_line.
    void restart(std::optional<Message::Kind> role, bool at_line_start, bool bare_lf);

    // Takes bytes from the front until the beginning of a message is found; returns how many.
    std::size_t consume(std::string_view bytes, const Origin& origin);
    bool found() const { return found_; }
    // A start line was seen, though perhaps not yet what follows it.
    bool has_start_line() const { return confirming_; }
    // All bytes from the start line on. The search has to be restarted then.
    OriginBuffer take();
    // How many bytes were passed over since the last call.
    std::uint64_t take_passed();
    // Passes over all that is kept.
    void pass_pending();
    // The line that is not all there may be a start line, as it begins.
    bool is_in_start_line() const;
    std::size_t memory() const { return pending_.memory(); }

  private:
    std::size_t look_for_line(std::string_view bytes, const Origin& origin);
    std::size_t look_at_next_line(std::string_view bytes, const Origin& origin);
    void keep_tail(std::string_view bytes, const Origin& origin);
    void look_at_line(std::string_view line, const Origin& origin);
    void drop(std::size_t count);
    void refuse();

    std::size_t window_;
    std::optional<Message::Kind> role_;
    bool bare_lf_ = false;
    bool whole_line_ = false;  // `pending_` has the whole beginning of the line
    bool confirming_ = false;  // `pending_` is a start line and the beginning of the next line
    bool found_ = false;
    std::size_t next_line_ = 0;  // where the line after the start line begins
    std::uint64_t passed_ = 0;
    OriginBuffer pending_;
};

}  // namespace httpprof::replay
