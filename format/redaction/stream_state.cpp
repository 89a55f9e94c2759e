#include "format/redaction/stream_state.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "format/redaction/stream_redactor.h"

namespace httpprof::format {

StreamState StreamState::of_text() {
    StreamState state;
    state.expect_request();
    state.is_text = true;
    return state;
}

void StreamState::Disposition::pass(char c) {
    if (c == '"') {
        in_plain_string = !in_plain_string;
        if (!is_escaped) in_string = !in_string;
    }
    is_escaped = c == '\\' && !is_escaped;
    is_line_over = c == '\n';
}

void StreamState::keep_boundary(std::string_view line) {
    std::ranges::copy(line, boundary.begin());
    boundary_size = static_cast<std::uint8_t>(line.size());
    is_part_new = true;
    leave_markup();
}

void StreamState::remember(std::span<const char> bytes) {
    const std::size_t kept =
        bytes.size() < kTailSize ? std::min<std::size_t>(tail_size, kTailSize - bytes.size()) : 0;
    const std::size_t added = std::min(bytes.size(), kTailSize);
    if (kept < tail_size || added < bytes.size()) before = Before::more;
    std::copy(tail.begin() + (tail_size - kept), tail.begin() + tail_size, tail.begin());
    std::ranges::copy(bytes.last(added), tail.begin() + static_cast<std::ptrdiff_t>(kept));
    tail_size = static_cast<std::uint8_t>(kept + added);
}

// Values of headers and what may be headers end with their line.
bool StreamState::is_in_line() const {
    switch (mode) {
        case Mode::line_lead:
        case Mode::line:
        case Mode::fold:
        case Mode::cookie_name:
        case Mode::cookie_value:
        case Mode::attribute_name:
        case Mode::attribute:
            return true;
        default:
            return false;
    }
}

bool StreamState::is_in_body_value() const {
    return !is_in_no_value() && mode != Mode::doubtful && !is_in_line();
}

bool StreamState::is_in_no_value() const {
    switch (mode) {
        case Mode::open:
        case Mode::request:
        case Mode::percent:
        case Mode::escape:
        case Mode::tag_name:
            return true;
        default:
            return false;
    }
}

bool StreamState::is_in_part() const {
    switch (mode) {
        case Mode::part_name_lead:
        case Mode::part_name:
        case Mode::part_head:
        case Mode::part_line:
        case Mode::part_value:
            return true;
        default:
            return disposition.is_open;
    }
}

// What follows in the body is of the part, as far as can be known.
void StreamState::skip_in_part(bool stays_in_body) {
    if (disposition.is_open || is_part_new) {
        kind = Redacted::uncertain;
        is_counted = false;
    }
    disposition = {};
    is_part_new = false;
    mode = stays_in_body ? Mode::part_value : Mode::open;
}

bool StreamState::may_be_behind_body() const {
    const bool is_in_value = !is_in_no_value() && mode != Mode::doubtful;
    return is_in_value && !is_in_target && !knows_body() && !chunks.is_followed();
}

bool StreamState::may_be_at_chunk_line() const {
    return may_be_behind_body() && announces_chunks && before == Before::missing_bytes &&
           tail_size == 0;
}

void StreamState::expect_chunk_line(std::uint8_t step_of_line) {
    if (mode != Mode::message_start) resumed = mode;
    mode = Mode::chunk_line;
    step = step_of_line;
    digit_count = 0;
}

void StreamState::expect_request() {
    mode = Mode::request;
    step = 0;
}

void StreamState::expect_message(Mode otherwise) {
    mode = Mode::message_start;
    resumed = otherwise == Mode::line_lead ? Mode::line : otherwise;
    start_size = 0;
}

void StreamState::doubt_line() {
    kind = Redacted::uncertain;
    is_counted = false;
    disposition = {};
    is_part_new = false;
    expect_message(Mode::line);
}

void StreamState::begin_head() {
    section = Section::head;
    body_left = 0;
    outer_count = 0;
    announced = 0;
    announces_chunks = false;
    is_head_plain = false;
    announces_form = false;
    begins_like_form = false;
    is_content_type = false;
    leave_markup();
}

void StreamState::leave_markup() {
    is_markup = false;
    is_in_secret_tag = false;
}

bool StreamState::is_in_start_line() const {
    const std::string_view text(tail.data(), tail_size);
    return is_in_target || text.substr(text.rfind('\n') + 1).starts_with("HTTP/1.");
}

void StreamState::begin_body() {
    body_left = announces_chunks ? 0 : announced;
    if (announces_chunks) chunks.begin();
    is_first_line = true;
    may_begin_markup = true;
    expect_request();
}

void StreamState::pass_body(std::uint64_t size) {
    if (body_left == 0) return;
    body_left -= size;
    if (body_left > 0) return;
    if (chunks.is_followed()) return chunks.end_data();
    end_body();
}

void StreamState::end_body() {
    section = Section::unknown;
    outer_count = 0;
    begins_like_form = false;
    leave_markup();
    around = Around::text;
    if (is_in_part()) mode = Mode::open;
    disposition = {};
    is_part_new = false;
    if (mode == Mode::chunk_line || mode == Mode::message_start) mode = resumed;
    if (mode == Mode::fold) mode = Mode::open;
    if (is_in_no_value()) return expect_request();
    if (is_in_line() || is_in_body_value()) expect_message(mode);
}

std::size_t StreamState::pass_framing(std::span<char> bytes, RedactionTally& tally) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        switch (chunks.take(bytes[i])) {
            case ChunkFraming::Step::inside:
                if (bytes[i] == '=') is_extension_counted = false;
                break;
            case ChunkFraming::Step::value:
                blank_in_extension(bytes[i], tally);
                break;
            case ChunkFraming::Step::data:
                body_left = chunks.size();
                return i + 1;
            case ChunkFraming::Step::last_chunk:
                end_chunks();
                return i + 1;
            case ChunkFraming::Step::broken:
                lose_framing();
                return i;
        }
    }
    return bytes.size();
}

void StreamState::blank_in_extension(char& c, RedactionTally& tally) {
    if (c == kFiller) return;
    c = kFiller;
    if (!std::exchange(is_extension_counted, true)) tally.add_value(Redacted::parameter);
    tally.add_bytes(Redacted::parameter, 1);
}

// No value goes on in the trailers.
void StreamState::end_chunks() {
    section = Section::unknown;
    mode = Mode::open;
    outer_count = 0;
    leave_markup();
    disposition = {};
    is_part_new = false;
    tail_size = 0;
    before = Before::start_of_line;
}

// Here the body may go on in a way of its own, or another message begin, perhaps with what passed
// for digits.
void StreamState::lose_framing() {
    chunks.stop();
    remember(chunks.digits());
    if (is_in_part()) doubt_line();
    end_body();
}

void StreamState::skip(std::uint64_t size) {
    if (size == 0) return;
    if (mode == Mode::chunk_line || mode == Mode::message_start) mode = resumed;
    if (is_in_no_value()) mode = Mode::open;
    const bool may_be_in_start_line = section != Section::head && (is_first_line || !knows_body());
    if (may_be_in_start_line && mode == Mode::open && is_in_start_line()) begin_head();
    if (section == Section::head) is_head_plain = false;
    is_in_target = false;
    is_first_line = false;
    tail_size = 0;
    backslashes = 0;
    outer_count = 0;
    before = Before::missing_bytes;
    const bool was_in_body = body_left > 0;
    const bool was_in_chunks = chunks.is_followed();
    if (was_in_body && size == body_left && !is_in_line() && !was_in_chunks) {
        before = Before::start_of_line;
        pass_body(size);
        return;
    }
    const bool stays_in_body = body_left > size || (was_in_chunks && body_left == size);
    if (stays_in_body) {
        pass_body(size);
    } else {
        body_left = 0;
        chunks.stop();
        around = around == Around::target ? Around::likely_form : Around::text;
    }
    const bool may_be_secret_part = is_in_part() || is_part_new;
    if (may_be_secret_part && was_in_chunks && !stays_in_body) return doubt_line();
    if (may_be_secret_part) skip_in_part(stays_in_body);
    // Whether the quote that begins the string is among the missing bytes cannot be known.
    const bool is_before_string = mode == Mode::json_lead || mode == Mode::json_array;
    if (is_in_line() || is_before_string || section == Section::head) return doubt_line();
    if (mode == Mode::url_port) mode = Mode::url_password;
    if (stays_in_body) return;
    if (is_in_body_value()) return expect_message(mode);
    section = Section::unknown;
    mode = Mode::doubtful;
    is_after_gap = true;
}

void StreamState::lose() {
    *this = StreamState();
    before = Before::missing_bytes;
    doubt_line();
}

}  // namespace httpprof::format
