#include "replay/protocol/http1_search.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "format/characters.h"
#include "replay/protocol/control_mask.h"
#include "replay/protocol/http1_head.h"

namespace httpprof::replay {
namespace {

// Those of the IANA registry but PRI, and some of widespread servers.
constexpr std::string_view kMethods[] = {
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "QUERY",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "SEARCH",
    "REPORT",
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "LABEL",
    "LINK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "ORDERPATCH",
    "REBIND",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
    "M-SEARCH",
    "NOTIFY",
    "PURGE",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
};

bool follows_word_gap(std::string_view line, std::size_t position) {
    return position > 0 && format::is_blank(line[position - 1]);
}

// The longest known method that `token` ends with.
std::string_view known_method_at_end(std::string_view token) {
    std::string_view longest;
    for (const auto method : kMethods) {
        if (token.ends_with(method) && method.size() > longest.size()) longest = method;
    }
    return longest;
}

std::optional<std::size_t> find_request_line(std::string_view line, bool whole_line) {
    constexpr std::size_t kVersionSize = std::string_view(" HTTP/1.1").size();
    if (line.size() <= kVersionSize) return std::nullopt;
    const auto target_end = line.size() - kVersionSize;
    if (!line.substr(target_end).starts_with(" HTTP/1.")) return std::nullopt;
    const auto space = line.find_last_of(" \t", target_end - 1);
    if (space == line.npos || space + 1 == target_end) return std::nullopt;

    std::size_t start = space;
    while (start > 0 && is_token_character(line[start - 1]))
        --start;
    const auto token = line.substr(start, space - start);
    const auto known = known_method_at_end(token);
    if (!known.empty()) {
        start = space - known.size();
    } else if (!whole_line || start > 0) {
        return std::nullopt;
    }
    const auto found = line.substr(start);
    if (follows_word_gap(line, start) || find_control(found) != found.npos) return std::nullopt;
    const auto parsed = parse_start_line(found);
    if (!parsed || !parsed->exact || parsed->kind != Message::Kind::request) return std::nullopt;
    if (!is_request_target(parsed->target, parsed->method)) return std::nullopt;
    return start;
}

// Is "HTTP/1.d ddd" at the beginning of `text`, and then its end or a space?
bool begins_with_status(std::string_view text) {
    constexpr std::string_view kShape = "HTTP/1.d ddd";
    if (text.size() < kShape.size()) return false;
    for (std::size_t i = 0; i < kShape.size(); ++i) {
        if (kShape[i] == 'd' ? !format::is_digit(text[i]) : text[i] != kShape[i]) return false;
    }
    return text[9] != '0' && (text.size() == kShape.size() || text[kShape.size()] == ' ');
}

std::optional<std::size_t> find_status_line(std::string_view line, bool whole_line) {
    // Nothing before the last control character can be in a start line.
    const auto control = std::find_if(line.rbegin(), line.rend(), is_control);
    const auto clean = static_cast<std::size_t>(line.rend() - control);
    for (auto at = line.find("HTTP/1.", clean); at != line.npos;
         at = line.find("HTTP/1.", at + 1)) {
        // Behind a word it is text; behind white space alone that was left from a body.
        const bool is_behind_word =
            follows_word_gap(line, at) && !(whole_line && trimmed(line.substr(0, at)).empty());
        if (!is_behind_word && begins_with_status(line.substr(at))) return at;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::size_t> find_start_line(std::string_view line, std::optional<Message::Kind> role,
                                           bool whole_line, bool bare_lf) {
    if (!line.ends_with(bare_lf ? "\n" : "\r\n")) return std::nullopt;
    line = without_line_end(line);
    if (role != Message::Kind::request) {
        if (const auto at = find_status_line(line, whole_line)) return at;
    }
    if (role == Message::Kind::response) return std::nullopt;
    return find_request_line(line, whole_line);
}

bool is_known_method(std::string_view method) {
    return std::ranges::find(kMethods, method) != std::end(kMethods);
}

bool is_request_target(std::string_view target, std::string_view method) {
    return target[0] == '/' || target == "*" || target.find("://") != target.npos ||
           method == "CONNECT";
}

std::size_t size_before_method(std::string_view method) {
    const auto known = known_method_at_end(method);
    return known.empty() ? 0 : method.size() - known.size();
}

void StartSearch::restart(std::optional<Message::Kind> role, bool at_line_start, bool bare_lf) {
    role_ = role;
    bare_lf_ = bare_lf;
    whole_line_ = at_line_start;
    confirming_ = false;
    found_ = false;
    pending_.clear();
}

std::size_t StartSearch::consume(std::string_view bytes, const Origin& origin) {
    return confirming_ ? look_at_next_line(bytes, origin) : look_for_line(bytes, origin);
}

std::size_t StartSearch::look_for_line(std::string_view bytes, const Origin& origin) {
    const auto line_feed = bytes.find('\n');
    if (line_feed == bytes.npos) {
        keep_tail(bytes, origin);
        return bytes.size();
    }
    const auto count = line_feed + 1;
    if (pending_.empty()) {
        look_at_line(bytes.substr(0, count), origin);
    } else {
        pending_.append(bytes.substr(0, count), origin);
        look_at_line({}, origin);
    }
    return count;
}

// Adds to a line whose end is not here yet.
void StartSearch::keep_tail(std::string_view bytes, const Origin& origin) {
    if (bytes.size() > window_) {
        passed_ += bytes.size() - window_;
        drop(pending_.size());
        bytes.remove_prefix(bytes.size() - window_);
        whole_line_ = false;
    }
    pending_.append(bytes, origin);
    if (pending_.size() > 2 * window_) {
        drop(pending_.size() - window_);
        whole_line_ = false;
    }
}

// Looks at a line that is complete: `line`, or all that is pending.
void StartSearch::look_at_line(std::string_view line, const Origin& origin) {
    if (!pending_.empty()) line = pending_.view();
    const auto outside = line.size() - std::min(line.size(), window_);
    const auto at =
        find_start_line(line.substr(outside), role_, whole_line_ && outside == 0, bare_lf_);
    whole_line_ = true;
    const auto passed = at ? outside + *at : line.size();
    if (!pending_.empty()) {
        drop(passed);
    } else {
        passed_ += passed;
        if (at) pending_.append(line.substr(passed), origin);
    }
    confirming_ = at.has_value();
    next_line_ = pending_.size();
}

std::size_t StartSearch::look_at_next_line(std::string_view bytes, const Origin& origin) {
    std::size_t count = 0;
    auto probe = Probe::needs_more;
    while (probe == Probe::needs_more && count < bytes.size()) {
        const auto rest = bytes.substr(count);
        const auto step = std::min(token_length(rest) + 1, rest.size());
        pending_.append(rest.substr(0, step), origin);
        count += step;
        probe = probe_field_line(pending_.view().substr(next_line_));
    }
    found_ = probe == Probe::plausible;
    if (probe == Probe::impossible) refuse();
    return count;
}

// What followed the start line was not HTTP; it may be, or begin, a line with a start line in it.
void StartSearch::refuse() {
    drop(next_line_);
    confirming_ = false;
    const auto rest = std::exchange(pending_, OriginBuffer());
    rest.for_each_run(
        [this](std::string_view bytes, const Origin& origin) { look_for_line(bytes, origin); });
}

bool StartSearch::is_in_start_line() const {
    return probe_start_line(pending_.view()) == Probe::plausible;
}

OriginBuffer StartSearch::take() {
    return std::exchange(pending_, OriginBuffer());
}

std::uint64_t StartSearch::take_passed() {
    return std::exchange(passed_, 0);
}

void StartSearch::pass_pending() {
    drop(pending_.size());
}

void StartSearch::drop(std::size_t count) {
    passed_ += count;
    pending_.drop_front(count);
}

}  // namespace httpprof::replay
