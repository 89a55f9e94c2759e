#include "replay/protocol/http1_body.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "replay/protocol/http1_head.h"
#include "replay/protocol/http1_search.h"

namespace httpprof::replay {

BodyReader::BodyReader(MessageBuilder& builder, std::size_t section_limit)
    : builder_(builder), section_limit_(section_limit) {}

void BodyReader::start(const Framing& framing) {
    outcome_ = Outcome::open;
    remaining_ = framing.length;
    pending_.clear();
    switch (framing.kind) {
        case Framing::Kind::none:
        case Framing::Kind::unknown:
            outcome_ = Outcome::complete;
            break;
        case Framing::Kind::length:
            state_ = State::length;
            if (remaining_ == 0) outcome_ = Outcome::complete;
            break;
        case Framing::Kind::chunked:
            state_ = State::chunk_line;
            break;
        case Framing::Kind::until_close:
            state_ = State::until_close;
            break;
    }
}

std::size_t BodyReader::consume(std::string_view bytes, const Origin& origin) {
    switch (state_) {
        case State::length:
        case State::chunk_data:
            return consume_data(bytes, origin);
        case State::until_close:
            builder_.add_body(bytes, origin);
            return bytes.size();
        case State::chunk_line:
            return consume_chunk_line(bytes, origin);
        case State::chunk_line_rest:
            return consume_chunk_line_rest(bytes, origin);
        case State::chunk_end:
            return consume_chunk_end(bytes, origin);
        case State::trailers:
            return consume_trailers(bytes, origin);
    }
    return bytes.size();
}

std::size_t BodyReader::consume_data(std::string_view bytes, const Origin& origin) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
    builder_.add_body(bytes.substr(0, count), origin);
    remaining_ -= count;
    if (remaining_ == 0) data_ended();
    return count;
}

void BodyReader::data_ended() {
    if (state_ == State::length) {
        outcome_ = Outcome::complete;
    } else {
        state_ = State::chunk_end;
        chunk_end_cr_ = false;
    }
}

std::size_t BodyReader::consume_chunk_line(std::string_view bytes, const Origin& origin) {
    bytes = bytes.substr(0, section_limit_ - pending_.size());
    const auto line_feed = bytes.find('\n');
    const bool complete = line_feed != bytes.npos;
    const auto taken = bytes.substr(0, complete ? line_feed + 1 : bytes.size());
    const bool in_one_piece = complete && pending_.empty();
    if (!in_one_piece) pending_.append(taken, origin);
    const auto line = in_one_piece ? taken : pending_.view();

    if (const auto parsed = complete ? parse_chunk_line(line) : std::nullopt) {
        note_pending_origins();
        use_chunk_line(*parsed, line, origin);
        pending_.clear();
    } else if (complete) {
        if (in_one_piece) pending_.append(taken, origin);
        refuse_chunk_line();
    } else if (line.size() == section_limit_) {
        use_long_chunk_line();
    }
    return taken.size();
}

// Where the size has ended, what is behind it need not be looked at.
void BodyReader::use_long_chunk_line() {
    auto line = pending_.view();
    const bool size_has_ended = line.find_first_of("; \t\r") != line.npos;
    if (line.ends_with('\r')) line.remove_suffix(1);  // of the line's end, perhaps
    const auto parsed = parse_chunk_line(line);
    if (!parsed) return refuse_chunk_line();
    note(builder_.message(), AnomalyKind::too_large, builder_.message().size + section_limit_);
    add_pending();
    if (!size_has_ended) {
        outcome_ = Outcome::broken;
        return;
    }
    remaining_ = parsed->size;
    state_ = State::chunk_line_rest;
}

std::size_t BodyReader::consume_chunk_line_rest(std::string_view bytes, const Origin& origin) {
    const auto line_feed = bytes.find('\n');
    const bool complete = line_feed != bytes.npos;
    const auto taken = bytes.substr(0, complete ? line_feed + 1 : bytes.size());
    builder_.add_framing(taken, origin);
    if (complete) chunk_line_ended();
    return taken.size();
}

void BodyReader::use_chunk_line(const ChunkLine& parsed, std::string_view line,
                                const Origin& origin) {
    auto& message = builder_.message();
    const auto start = message.size;
    if (parsed.bare_lf) note_bare_lf(start + line.size() - 1);
    if (parsed.space_after_size) note(message, AnomalyKind::space_after_chunk_size, start);
    if (parsed.extension_invalid) note(message, AnomalyKind::chunk_extension_invalid, start);
    if (parsed.control_character) {
        note(message, AnomalyKind::control_character, start + find_control(line));
    }
    builder_.add_framing(line, origin);
    remaining_ = parsed.size;
    chunk_line_ended();
}

// Who goes on to CRLF takes what follows for an extension, or for data (RFC 9112, 7.1; a lone LF
// may end a start line or a field line only, 2.2).
void BodyReader::note_bare_lf(std::uint64_t offset) {
    note(builder_.message(), AnomalyKind::bare_lf, offset);
    note(builder_.message(), AnomalyKind::chunk_bare_lf, offset);
}

void BodyReader::chunk_line_ended() {
    state_ = remaining_ == 0 ? State::trailers : State::chunk_data;
    if (remaining_ == 0) section_.start(0);
}

// The line belongs to the message as evidence, unless another message starts in it.
void BodyReader::refuse_chunk_line() {
    auto& message = builder_.message();
    note(message, AnomalyKind::chunk_size_invalid, message.size);
    if (!find_start_line(pending_.view(), message.kind, true)) add_pending();
    outcome_ = Outcome::broken;
}

std::size_t BodyReader::consume_chunk_end(std::string_view bytes, const Origin& origin) {
    auto& message = builder_.message();
    const bool carriage_return = bytes[0] == '\r' && !chunk_end_cr_;
    if (!carriage_return && bytes[0] != '\n') {
        note(message, AnomalyKind::chunk_end_missing, message.size);
        outcome_ = Outcome::broken;
        return 0;
    }
    if (!carriage_return) {
        if (!chunk_end_cr_) note_bare_lf(message.size);
        state_ = State::chunk_line;
    }
    chunk_end_cr_ = carriage_return;
    builder_.add_framing(bytes.substr(0, 1), origin);
    return 1;
}

std::size_t BodyReader::consume_trailers(std::string_view bytes, const Origin& origin) {
    const auto count =
        section_.scan(pending_.view(), bytes.substr(0, section_limit_ - pending_.size()));
    pending_.append(bytes.substr(0, count), origin);
    if (section_.complete()) {
        add_trailers(pending_.view());
        add_pending();
        outcome_ = Outcome::complete;
    } else if (pending_.size() == section_limit_) {
        note(builder_.message(), AnomalyKind::too_large, builder_.message().size + section_limit_);
        cut();
        outcome_ = Outcome::broken;
    }
    return count;
}

void BodyReader::add_trailers(std::string_view whole_lines) {
    auto& message = builder_.message();
    index_lines(whole_lines, index_);
    if (index_.bare_lf != whole_lines.npos) {
        note(message, AnomalyKind::bare_lf, message.size + index_.bare_lf);
    }
    if (index_.control != whole_lines.npos) {
        note(message, AnomalyKind::control_character, message.size + index_.control);
    }
    parse_fields(whole_lines, index_, 0, 0, message.size, message.trailers, message);
    check_trailers(whole_lines, message.size, message);
    // Else too_large says that they are missing.
    if (!builder_.has_room(whole_lines.size())) message.trailers.clear();
    const auto raw_begin = static_cast<std::uint32_t>(builder_.raw_size());
    for (Field& field : message.trailers) {
        field.name.begin += raw_begin;
        field.value.begin += raw_begin;
    }
}

void BodyReader::note_pending_origins() {
    pending_.for_each_run([this](std::string_view, const Origin& origin) {
        note_origin(builder_.message(), origin);
    });
}

void BodyReader::add_pending() {
    pending_.for_each_run([this](std::string_view bytes, const Origin& origin) {
        builder_.add_framing(bytes, origin);
    });
    pending_.clear();
}

std::uint64_t BodyReader::skip(std::uint64_t length, format::MissingCause cause,
                               const Origin& origin) {
    switch (state_) {
        case State::length:
            length = std::min(length, remaining_);
            skip_data(length, cause, origin);
            return length;
        case State::until_close:
            builder_.add_body_gap(length, cause, origin);
            return length;
        case State::chunk_data:
        case State::chunk_end:
            return skip_in_chunk(length, cause, origin);
        default:
            return 0;
    }
}

void BodyReader::skip_data(std::uint64_t length, format::MissingCause cause, const Origin& origin) {
    builder_.add_body_gap(length, cause, origin);
    remaining_ -= length;
    if (remaining_ == 0) data_ended();
}

// The place is known up to the end of the line end behind the data, unless the sender is known to
// end lines with LF alone.
std::uint64_t BodyReader::skip_in_chunk(std::uint64_t length, format::MissingCause cause,
                                        const Origin& origin) {
    const std::uint64_t line_end = state_ == State::chunk_end && chunk_end_cr_ ? 1 : 2;
    const std::uint64_t behind_data = length - std::min(length, remaining_);
    const bool is_to_line_end = behind_data == line_end && !has_bare_lf();
    if (behind_data > 0 && !is_to_line_end) return 0;
    if (behind_data < length) skip_data(length - behind_data, cause, origin);
    if (behind_data == 0) return length;
    builder_.add_framing_gap(behind_data, cause, origin);
    state_ = State::chunk_line;
    return length;
}

bool BodyReader::has_bare_lf() const {
    return std::ranges::any_of(builder_.message().anomalies, [](const Anomaly& anomaly) {
        return anomaly.kind == AnomalyKind::bare_lf;
    });
}

void BodyReader::cut() {
    if (state_ == State::trailers) add_trailers(pending_.view().substr(0, section_.line_start()));
    add_pending();
}

void BodyReader::cut_by_gap(format::MissingCause cause) {
    cut();
    note(builder_.message(), AnomalyKind::gap_in_body, builder_.message().size);
    builder_.add_final_gap(state_ == State::chunk_data ? remaining_ : 0, cause);
}

OriginBuffer BodyReader::take_unplaced() {
    return std::exchange(pending_, OriginBuffer());
}

}  // namespace httpprof::replay
