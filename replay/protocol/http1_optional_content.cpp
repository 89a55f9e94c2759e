#include "replay/protocol/http1_optional_content.h"

#include <utility>

#include "replay/protocol/http1_head.h"
#include "replay/protocol/http1_search.h"

namespace httpprof::replay {
namespace {

// How a status line begins.
constexpr std::string_view kStatusLine = "HTTP/1.";

}  // namespace

void OptionalContent::start(Message::Kind kind, std::uint64_t length) {
    kind_ = kind;
    length_ = length;
    outcome_ = Outcome::open;
}

std::size_t OptionalContent::consume(std::string_view bytes, const Origin& origin) {
    const auto line = first_line(bytes.substr(0, line_limit_ - taken_.size()));
    const bool complete = line.ends_with('\n');
    taken_.append(line, origin);
    if (complete && is_start_line()) {
        outcome_ = Outcome::omitted;
    } else if (complete || taken_.size() == line_limit_ || !may_be_start_line()) {
        outcome_ = Outcome::comes;
    }
    return line.size();
}

// Where a start line only ends the line, what is before that is content.
bool OptionalContent::is_start_line() const {
    return find_start_line(taken_.view(), kind_, true, /*bare_lf=*/true) == 0;
}

// With what follows.
bool OptionalContent::may_be_start_line() const {
    const auto bytes = taken_.view();
    if (kind_ == Message::Kind::request) return probe_start_line(bytes) != Probe::impossible;
    return bytes.starts_with(kStatusLine.substr(0, bytes.size()));
}

// Whether what a gap cuts off is taken for one.
bool OptionalContent::is_like_start_line() const {
    const auto bytes = taken_.view();
    if (kind_ == Message::Kind::response) return bytes.starts_with(kStatusLine);
    return is_known_method(bytes.substr(0, bytes.find(' ')));
}

// What calls moved unread is content; of what no record tells, that is known only of as much as all
// of it. Few responses are answers to HEAD.
void OptionalContent::skip(std::uint64_t length, format::MissingCause cause) {
    if (!taken_.empty()) {
        outcome_ = is_like_start_line() ? Outcome::omitted : Outcome::comes;
    } else if (kind_ == Message::Kind::response || format::is_recorded(cause) ||
               length == length_) {
        outcome_ = Outcome::comes;
    }
}

void OptionalContent::finish(bool orderly) {
    const bool is_request = kind_ == Message::Kind::request;
    outcome_ = is_request && orderly && taken_.empty() ? Outcome::omitted : Outcome::comes;
}

OriginBuffer OptionalContent::take() {
    return std::exchange(taken_, {});
}

}  // namespace httpprof::replay
