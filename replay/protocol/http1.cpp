#include "replay/protocol/http1.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "replay/protocol/held_stream.h"
#include "replay/protocol/http1_body.h"
#include "replay/protocol/http1_builder.h"
#include "replay/protocol/http1_framing.h"
#include "replay/protocol/http1_message_head.h"
#include "replay/protocol/http1_optional_content.h"
#include "replay/protocol/http1_role.h"
#include "replay/protocol/http1_search.h"
#include "replay/protocol/http1_section.h"
#include "replay/protocol/origin_buffer.h"

namespace httpprof::replay {
namespace {

// Of a start line that has to be searched for.
constexpr std::uint64_t kLineLimit = 16 * 1024;
// Most header sections fit; saves their buffer from growing in steps.
constexpr std::size_t kUsualHead = 1024;

}  // namespace

class Http1Parser::Impl {
  public:
    Impl(Http1Sink& sink, Http1Limits limits, MessageStore* store);

    void feed(std::string_view bytes, const Origin& origin);
    void skip(std::uint64_t length, format::MissingCause cause, const Origin& origin);
    void finish(bool orderly);
    void leave();
    void go_on();
    void expect_content() { framing_.expects_continue = false; }
    void answered();
    std::optional<std::uint64_t> held_since_ns() const;
    std::optional<Message::Kind> role() const { return role_; }
    std::optional<StartLine> cut_start_line() const;
    bool is_in_start_line() const;
    std::size_t memory() const;

  private:
    enum class State : std::uint8_t {
        searching,   // for the start of a message
        between,     // messages; `buffer_` has the blank lines and spaces since the last
        start_line,  // `buffer_` has those and the beginning of the start line
        head,        // the start line is complete; `buffer_` has the message so far
        body,
        optional_content,  // or the next message in its place
        waiting,           // for the answer that tells what follows
        opaque,            // the stream is no longer HTTP/1
    };

    void take(std::string_view bytes, const Origin& origin);
    void take_all(const OriginBuffer& bytes);
    std::size_t consume(std::string_view bytes, const Origin& origin);
    std::size_t consume_search(std::string_view bytes, const Origin& origin);
    std::size_t consume_between(std::string_view bytes, const Origin& origin);
    std::size_t consume_start_line(std::string_view bytes, const Origin& origin);
    std::size_t consume_head(std::string_view bytes, const Origin& origin);
    std::size_t consume_body(std::string_view bytes, const Origin& origin);
    std::size_t consume_optional_content(std::string_view bytes, const Origin& origin);

    void search(bool at_line_start);
    void search_in(const OriginBuffer& bytes, bool at_line_start);
    void begin_start_line(const Origin& origin);
    void begin_found();
    std::size_t consume_whole_head(std::string_view bytes, const Origin& origin);
    void end_long_start_line();
    bool accept_start_line();
    void begin_message(const StartLine& line);
    bool has_role_of(const StartLine& line) const { return fits_role(line, role_); }
    bool is_behind_body(const StartLine& line) const;
    void abandon();
    void refuse_start_line();
    void take_head();
    void head_complete(std::string_view head, const StartLine& start_line);
    std::string_view method_answered();
    void read_head(std::string_view head, const StartLine& start_line);
    StartLine start_line_in(std::string_view head) const;
    void body_complete();
    void change_protocol();
    void await_content();
    void settle_content();
    void begin_content();
    void omit_content();
    std::size_t hold(std::string_view bytes, const Origin& origin);
    void leave_held();
    void body_broken();
    void pass_gap(std::uint64_t length, format::MissingCause cause, const Origin& origin);
    void skip_in_body(std::uint64_t length, format::MissingCause cause, const Origin& origin);
    void end_open();
    bool take_cut_start_line();
    void cut_head();
    void check_cut_head(std::string_view head, std::string_view rest);
    void end_truncated();
    void deliver();
    void report_passed();
    void report_skipped(std::uint64_t bytes);

    Message& message() { return builder_.message(); }

    Http1Sink& sink_;
    std::size_t section_limit_;
    State state_ = State::between;
    MessageBuilder builder_;
    BodyReader body_;
    OptionalContent optional_content_;
    StartSearch search_;
    SectionScanner section_;
    OriginBuffer buffer_;
    std::size_t start_ = 0;              // of the start line in `buffer_`
    Framing framing_;                    // of the message whose body is open
    std::optional<Message::Kind> role_;  // of the stream: set by a message that began in its place
    bool bare_lf_ = false;               // the last header section had lines that end with LF alone
    bool placed_ = false;                // the message that is open was not searched for
    bool skipped_ = false;               // bytes, since the last message
    std::uint64_t position_ = 0;         // after all that was fed and skipped
    std::uint64_t accounted_ = 0;        // where what belongs to no message that has ended begins
    LineIndex index_;                    // kept for its memory
    // No more than this is left of the piece that is being taken behind the lines indexed so far,
    // which are not indexed again for each of many short requests without a version.
    std::size_t whole_heads_from_ = 0;
    HeldStream held_;               // while waiting; not in `position_`
    std::optional<bool> held_end_;  // what finish() said while waiting
    bool leaves_ = false;           // what is behind the open body is not HTTP/1
};

Http1Parser::Impl::Impl(Http1Sink& sink, Http1Limits limits, MessageStore* store)
    : sink_(sink),
      section_limit_(static_cast<std::size_t>(std::max<std::uint64_t>(limits.header_section, 1))),
      builder_(limits.kept, store),
      body_(builder_, section_limit_),
      optional_content_(kLineLimit),
      search_(std::min<std::size_t>(section_limit_, kLineLimit)),
      held_(limits.held) {}

void Http1Parser::Impl::feed(std::string_view bytes, const Origin& origin) {
    position_ += bytes.size();
    take(bytes, origin);
}

void Http1Parser::Impl::take(std::string_view bytes, const Origin& origin) {
    whole_heads_from_ = bytes.size();
    while (!bytes.empty())
        bytes.remove_prefix(consume(bytes, origin));
}

void Http1Parser::Impl::take_all(const OriginBuffer& bytes) {
    bytes.for_each_run([this](std::string_view run, const Origin& origin) { take(run, origin); });
}

// Takes bytes from the front; returns how many. It may be none, when only the state changes.
std::size_t Http1Parser::Impl::consume(std::string_view bytes, const Origin& origin) {
    switch (state_) {
        case State::searching:
            return consume_search(bytes, origin);
        case State::between:
            return consume_between(bytes, origin);
        case State::start_line:
            return consume_start_line(bytes, origin);
        case State::head:
            return consume_head(bytes, origin);
        case State::body:
            return consume_body(bytes, origin);
        case State::optional_content:
            return consume_optional_content(bytes, origin);
        case State::waiting:
            return hold(bytes, origin);
        case State::opaque:
            sink_.on_opaque(bytes.size());
            break;
    }
    return bytes.size();
}

std::size_t Http1Parser::Impl::consume_search(std::string_view bytes, const Origin& origin) {
    const auto count = search_.consume(bytes, origin);
    report_passed();
    if (search_.found()) begin_found();
    return count;
}

std::size_t Http1Parser::Impl::consume_between(std::string_view bytes, const Origin& origin) {
    if (buffer_.empty()) {
        if (const auto count = consume_whole_head(bytes, origin)) return count;
    }
    const char c = bytes[0];
    if (c == '\n' || is_start_line_space(c)) {
        buffer_.append(bytes.substr(0, 1), origin);
        if (buffer_.size() == section_limit_) search_in(std::exchange(buffer_, {}), false);
        return 1;
    }
    if (!is_token_character(c)) {
        search_in(std::exchange(buffer_, {}), true);
        return 0;
    }
    start_ = buffer_.size();
    placed_ = true;
    begin_start_line(origin);
    state_ = State::start_line;
    return 0;
}

// The usual case without a copy: all of a header section in one piece. Returns 0 when it is
// another.
std::size_t Http1Parser::Impl::consume_whole_head(std::string_view bytes, const Origin& origin) {
    if (!is_token_character(bytes[0]) || bytes.size() > whole_heads_from_) return 0;
    index_lines(bytes.substr(0, section_limit_), index_);
    whole_heads_from_ = bytes.size() - index_.size;
    if (!index_.complete) return 0;
    const auto start_line = parse_start_line(bytes.substr(0, index_.lines[0].end));
    if (!start_line || start_line->is_whole_message || !has_role_of(*start_line)) return 0;
    const auto head = bytes.substr(0, index_.size);
    start_ = 0;
    placed_ = true;
    begin_start_line(origin);
    sink_.on_begin(origin, *start_line);
    message().last_time_ns = origin.time_ns;
    head_complete(head, *start_line);
    return head.size();
}

std::size_t Http1Parser::Impl::consume_start_line(std::string_view bytes, const Origin& origin) {
    const auto taken = first_line(bytes.substr(0, section_limit_ - buffer_.size()));
    buffer_.append(taken, origin, std::min(bytes.size(), kUsualHead));
    if (taken.ends_with('\n')) {
        if (!accept_start_line()) abandon();
    } else if (probe_start_line(buffer_.view().substr(start_)) == Probe::impossible) {
        abandon();
    } else if (buffer_.size() == section_limit_) {
        end_long_start_line();
    }
    return taken.size();
}

void Http1Parser::Impl::end_long_start_line() {
    if (!take_cut_start_line()) return abandon();
    note(message(), AnomalyKind::too_large, section_limit_);
    end_truncated();
    search(false);
}

// The start line is all of `buffer_` from `start_` on.
bool Http1Parser::Impl::accept_start_line() {
    const auto line = parse_start_line(without_line_end(buffer_.view().substr(start_)));
    if (!line || !has_role_of(*line) || is_behind_body(*line)) return false;
    begin_message(*line);
    section_.start(buffer_.size());
    state_ = State::head;
    if (line->is_whole_message) take_head();
    return true;
}

// All of it so far is in `buffer_`.
void Http1Parser::Impl::begin_message(const StartLine& line) {
    sink_.on_begin(message().first, line);
    buffer_.for_each_run(
        [this](std::string_view, const Origin& origin) { note_origin(message(), origin); });
}

// A stream that was joined within a body may begin with the last piece of it, and a word in front
// of a method makes another method. It is none where the known one begins in a record of its own,
// as requests do, with all of it and the space behind it.
bool Http1Parser::Impl::is_behind_body(const StartLine& line) const {
    if (!placed_ || accounted_ > 0 || line.kind != Message::Kind::request) return false;
    const auto before = size_before_method(line.method);
    return before > 0 && buffer_.begins_run(start_ + before, line.method.size() - before + 1);
}

std::size_t Http1Parser::Impl::consume_head(std::string_view bytes, const Origin& origin) {
    const auto room = bytes.substr(0, section_limit_ - buffer_.size());
    const auto count = section_.scan(buffer_.view(), room);
    buffer_.append(room.substr(0, count), origin);
    if (count > 0) note_origin(message(), origin);
    if (section_.complete()) {
        take_head();
    } else if (buffer_.size() == section_limit_) {
        note(message(), AnomalyKind::too_large, section_limit_);
        cut_head();
        end_truncated();
        search(false);
    }
    return count;
}

// The header section is all of `buffer_`.
void Http1Parser::Impl::take_head() {
    const auto head = std::exchange(buffer_, {});
    index_lines(head.view().substr(start_), index_);
    head_complete(head.view(), start_line_in(head.view()));
}

// `head`: the bytes of the message; those from `start_` on are in `index_`.
void Http1Parser::Impl::head_complete(std::string_view head, const StartLine& start_line) {
    read_head(head, start_line);
    auto& open = message();
    if (open.kind == Message::Kind::request) check_host(head, open);
    const std::string_view method = method_answered();
    framing_ = frame_body(head, method, open);
    builder_.set_head(head, framing_.length);
    if (open.kind == Message::Kind::request) sink_.on_request_head(open);
    body_.start(framing_);
    state_ = State::body;
    // Who answered is not known: an answer to HEAD has no content (RFC 9112, 6.3).
    if (open.kind == Message::Kind::response && method.empty()) await_content();
    if (body_.outcome() == BodyReader::Outcome::complete) body_complete();
}

// Of the request that the open message answers, if it does and that is known.
std::string_view Http1Parser::Impl::method_answered() {
    const bool is_response = message().kind == Message::Kind::response;
    return is_response ? sink_.method_answered_by(message().status) : std::string_view();
}

void Http1Parser::Impl::read_head(std::string_view head, const StartLine& start_line) {
    fill_message(head, start_, start_line, index_, message());
    if (placed_) role_ = start_line.kind;
    bare_lf_ = index_.bare_lf != head.npos;
}

// That of a head which was begun with because of it.
StartLine Http1Parser::Impl::start_line_in(std::string_view head) const {
    return *parse_start_line(head.substr(start_, index_.lines[0].end));
}

std::size_t Http1Parser::Impl::consume_body(std::string_view bytes, const Origin& origin) {
    const auto count = body_.consume(bytes, origin);
    if (body_.outcome() == BodyReader::Outcome::complete) body_complete();
    if (body_.outcome() == BodyReader::Outcome::broken) body_broken();
    return count;
}

void Http1Parser::Impl::answered() {
    const bool has_begun = position_ > accounted_ + message().head_size;
    const bool waits = state_ == State::body && framing_.expects_continue && !has_begun;
    if (waits) await_content();
}

void Http1Parser::Impl::await_content() {
    optional_content_.start(message().kind, framing_.length);
    state_ = State::optional_content;
}

std::size_t Http1Parser::Impl::consume_optional_content(std::string_view bytes,
                                                        const Origin& origin) {
    const auto count = optional_content_.consume(bytes, origin);
    settle_content();
    return count;
}

void Http1Parser::Impl::settle_content() {
    switch (optional_content_.outcome()) {
        case OptionalContent::Outcome::open:
            return;
        case OptionalContent::Outcome::comes:
            return begin_content();
        case OptionalContent::Outcome::omitted:
            return omit_content();
    }
}

void Http1Parser::Impl::begin_content() {
    state_ = State::body;
    framing_.expects_continue = false;
    take_all(optional_content_.take());
}

void Http1Parser::Impl::omit_content() {
    note(message(), AnomalyKind::content_not_sent, message().size);
    deliver();
    state_ = State::between;
    take_all(optional_content_.take());
}

void Http1Parser::Impl::body_complete() {
    if (framing_.protocol_changes) return change_protocol();
    if (leaves_) {
        deliver();
        state_ = State::opaque;
        return;
    }
    deliver();
    state_ = State::between;
    if (framing_.kind == Framing::Kind::unknown) {
        search(true);
    } else if (framing_.protocol_may_change && sink_.awaits_answer()) {
        state_ = State::waiting;
    }
}

void Http1Parser::Impl::change_protocol() {
    const auto protocol = next_protocol(message());
    deliver();
    state_ = State::opaque;
    sink_.on_protocol_change(protocol);
}

// Returns 0 where there is no room: what was held is read, and these bytes are to be looked at
// again.
std::size_t Http1Parser::Impl::hold(std::string_view bytes, const Origin& origin) {
    position_ -= bytes.size();
    if (held_.has_room_for(bytes.size())) {
        held_.add(bytes, origin);
        return bytes.size();
    }
    go_on();
    position_ += bytes.size();
    return 0;
}

void Http1Parser::Impl::go_on() {
    if (state_ != State::waiting) return;
    state_ = State::between;
    const auto end = std::exchange(held_end_, std::nullopt);
    for (const auto& held : held_.take()) {
        held.bytes.for_each_run(
            [this](std::string_view bytes, const Origin& origin) { feed(bytes, origin); });
        skip(held.gap, held.cause, held.gap_origin);
    }
    if (end) finish(*end);
}

void Http1Parser::Impl::leave_held() {
    for (const auto& held : held_.take()) {
        if (!held.bytes.empty()) sink_.on_opaque(held.bytes.size());
    }
}

std::optional<std::uint64_t> Http1Parser::Impl::held_since_ns() const {
    if (state_ == State::start_line) return builder_.message().first.time_ns;
    return held_.since_ns();
}

std::size_t Http1Parser::Impl::memory() const {
    return sizeof *this + builder_.memory() + body_.memory() + optional_content_.memory() +
           search_.memory() + buffer_.memory() + index_.lines.capacity() * sizeof(LineIndex::Line) +
           held_.memory();
}

void Http1Parser::Impl::body_broken() {
    end_truncated();
    const auto unplaced = body_.take_unplaced();
    search_in(unplaced, !unplaced.empty());
}

void Http1Parser::Impl::skip(std::uint64_t length, format::MissingCause cause,
                             const Origin& origin) {
    if (length == 0) return;
    if (state_ == State::optional_content) {
        optional_content_.skip(length, cause);
        settle_content();
    }
    while (state_ == State::waiting && !held_.has_room_for(0))
        go_on();
    if (state_ == State::waiting) return held_.add_gap(length, cause, origin);
    position_ += length;
    pass_gap(length, cause, origin);
    if (state_ != State::body) accounted_ = position_;
}

void Http1Parser::Impl::pass_gap(std::uint64_t length, format::MissingCause cause,
                                 const Origin& origin) {
    if (state_ == State::opaque) return;
    if (state_ == State::body) return skip_in_body(length, cause, origin);
    if (state_ == State::searching && search_.has_start_line()) begin_found();
    const bool is_in_head =
        state_ == State::start_line ? take_cut_start_line() : state_ == State::head;
    if (state_ == State::head) cut_head();
    if (is_in_head) {
        note(message(), AnomalyKind::gap_in_header, message().size);
        builder_.add_final_gap(0, cause);
        end_truncated();
    } else if (state_ == State::optional_content) {
        body_.cut_by_gap(cause);
        end_truncated();
    } else {
        end_open();
    }
    search(false);
}

void Http1Parser::Impl::skip_in_body(std::uint64_t length, format::MissingCause cause,
                                     const Origin& origin) {
    const auto inside = body_.skip(length, cause, origin);
    if (body_.outcome() == BodyReader::Outcome::complete) {
        body_complete();
    } else if (inside < length) {
        body_.cut_by_gap(cause);
        end_truncated();
    }
    if (inside < length) search(false);
}

void Http1Parser::Impl::finish(bool orderly) {
    if (state_ == State::opaque) return;
    if (state_ == State::waiting) {
        held_end_ = orderly;
        if (!sink_.awaits_answer()) go_on();
        return;
    }
    if (state_ == State::searching && search_.has_start_line()) begin_found();
    if (state_ == State::optional_content) {
        optional_content_.finish(orderly);
        settle_content();
    }
    if (state_ == State::body && orderly && body_.ends_with_stream()) {
        deliver();
    } else {
        end_open();
    }
    state_ = State::between;
    skipped_ = false;
}

void Http1Parser::Impl::leave() {
    // A request is sent to its end before another protocol begins (RFC 9110, 7.8), but for one that
    // should have no body (9.3.6).
    if (state_ == State::optional_content) begin_content();
    leaves_ = state_ == State::body && message().text(message().method) != "CONNECT";
    if (leaves_) return;
    if (state_ == State::waiting) {
        leave_held();
    } else if (state_ != State::opaque) {
        end_open();
    }
    state_ = State::opaque;
}

// What is open will not go on.
void Http1Parser::Impl::end_open() {
    switch (state_) {
        case State::searching:
            search_.pass_pending();
            report_passed();
            break;
        case State::start_line:
            if (take_cut_start_line()) return end_truncated();
            refuse_start_line();
            [[fallthrough]];
        case State::between:
            report_skipped(buffer_.size());
            break;
        case State::head:
            cut_head();
            end_truncated();
            break;
        case State::body:
            body_.cut();
            end_truncated();
            break;
        case State::optional_content:
        case State::waiting:
        case State::opaque:
            break;
    }
    buffer_.clear();
}

std::optional<StartLine> Http1Parser::Impl::cut_start_line() const {
    if (state_ != State::start_line) return std::nullopt;
    return read_cut_start_line(buffer_.view().substr(start_), role_);
}

bool Http1Parser::Impl::is_in_start_line() const {
    return state_ == State::start_line ||
           (state_ == State::searching && search_.is_in_start_line());
}

bool Http1Parser::Impl::take_cut_start_line() {
    const auto line = cut_start_line();
    if (!line) return false;
    begin_message(*line);
    fill_cut_message(buffer_.view(), start_, *line, message());
    if (placed_) role_ = line->kind;
    builder_.set_head(buffer_.view(), 0);
    buffer_.clear();
    method_answered();
    if (message().kind == Message::Kind::request) sink_.on_request_head(message());
    return true;
}

void Http1Parser::Impl::cut_head() {
    const auto head = std::exchange(buffer_, {});
    index_lines(head.view().substr(start_, section_.line_start() - start_), index_);
    read_head(head.view(), start_line_in(head.view()));
    check_cut_head(head.view(), head.view().substr(section_.line_start()));
    builder_.set_head(head.view(), 0);
    if (message().kind == Message::Kind::request) sink_.on_request_head(message());
}

// What the lines that are whole say does not depend on those that are not seen. `rest`: of `head`,
// behind them.
void Http1Parser::Impl::check_cut_head(std::string_view head, std::string_view rest) {
    auto& open = message();
    if (open.kind == Message::Kind::request) check_host(head, open, /*is_whole=*/false);
    const bool goes_on = rest.empty() || rest[0] == ' ' || rest[0] == '\t';
    check_cut_framing(head, method_answered(), goes_on, open);
}

void Http1Parser::Impl::end_truncated() {
    message().truncated = true;
    note(message(), AnomalyKind::truncated, message().size);
    deliver();
}

void Http1Parser::Impl::deliver() {
    skipped_ = false;
    const Message& open = message();
    const bool is_whole = !open.truncated && open.gaps.empty() && !is_end_disputed(framing_, open);
    accounted_ += open.size;
    sink_.on_boundary({is_whole ? Boundary::Kind::whole : Boundary::Kind::broken, accounted_});
    sink_.on_message(builder_.take());
}

void Http1Parser::Impl::begin_start_line(const Origin& origin) {
    auto& open = message();
    open.first = origin;
    open.begin = accounted_ + start_;
    sink_.on_boundary({Boundary::Kind::begin, open.begin});
}

// The search has come to a start line: what it kept is the beginning of a message.
void Http1Parser::Impl::begin_found() {
    buffer_ = search_.take();
    const auto rest = buffer_.split_off(buffer_.view().find('\n') + 1);
    start_ = 0;
    placed_ = false;
    begin_start_line(buffer_.first_origin());
    if (skipped_) note(message(), AnomalyKind::joined_mid_stream, 0);
    accept_start_line();
    take_all(rest);
}

void Http1Parser::Impl::refuse_start_line() {
    sink_.on_boundary({Boundary::Kind::none, accounted_ + start_});
}

void Http1Parser::Impl::abandon() {
    refuse_start_line();
    search_in(std::exchange(buffer_, {}), true);
}

void Http1Parser::Impl::search(bool at_line_start) {
    if (leaves_) {
        state_ = State::opaque;
        return;
    }
    state_ = State::searching;
    sink_.on_place_lost();
    search_.restart(role_ ? role_ : sink_.role(), at_line_start, bare_lf_);
}

// Searches in bytes that were taken for something else, and then in those that follow.
void Http1Parser::Impl::search_in(const OriginBuffer& bytes, bool at_line_start) {
    search(at_line_start);
    take_all(bytes);
}

void Http1Parser::Impl::report_passed() {
    report_skipped(search_.take_passed());
}

void Http1Parser::Impl::report_skipped(std::uint64_t bytes) {
    if (bytes == 0) return;
    skipped_ = true;
    sink_.on_skipped(std::exchange(accounted_, accounted_ + bytes), bytes);
}

Http1Parser::Http1Parser(Http1Sink& sink, Http1Limits limits, MessageStore* store)
    : sink_(&sink), limits_(limits), store_(store) {}
Http1Parser::Http1Parser(Http1Parser&&) noexcept = default;
Http1Parser& Http1Parser::operator=(Http1Parser&&) noexcept = default;
Http1Parser::~Http1Parser() = default;

Http1Parser::Impl& Http1Parser::impl() {
    if (!impl_) impl_ = std::make_unique<Impl>(*sink_, limits_, store_);
    return *impl_;
}

void Http1Parser::feed(std::string_view bytes, const Origin& origin) {
    impl().feed(bytes, origin);
}
void Http1Parser::skip(std::uint64_t length, format::MissingCause cause, const Origin& origin) {
    impl().skip(length, cause, origin);
}
void Http1Parser::finish(bool orderly) {
    if (impl_) impl_->finish(orderly);
}
void Http1Parser::leave() {
    impl().leave();
}
void Http1Parser::go_on() {
    if (impl_) impl_->go_on();
}
void Http1Parser::expect_content() {
    if (impl_) impl_->expect_content();
}
void Http1Parser::answered() {
    if (impl_) impl_->answered();
}
std::optional<Message::Kind> Http1Parser::role() const {
    return impl_ ? impl_->role() : std::nullopt;
}
std::optional<StartLine> Http1Parser::cut_start_line() const {
    return impl_ ? impl_->cut_start_line() : std::nullopt;
}
bool Http1Parser::is_in_start_line() const {
    return impl_ && impl_->is_in_start_line();
}
std::optional<std::uint64_t> Http1Parser::held_since_ns() const {
    return impl_ ? impl_->held_since_ns() : std::nullopt;
}
std::size_t Http1Parser::memory() const {
    return impl_ ? impl_->memory() : 0;
}

}  // namespace httpprof::replay
