#include "format/redaction/chunk_framing.h"

#include <charconv>
#include <utility>

#include "format/characters.h"

namespace httpprof::format {

void ChunkFraming::begin() {
    place_ = Place::size;
    digit_count_ = 0;
}

std::uint64_t ChunkFraming::size() const {
    std::uint64_t size = 0;
    std::from_chars(digits_.data(), digits_.data() + digit_count_, size, 16);
    return size;
}

ChunkFraming::Step ChunkFraming::take(char c) {
    switch (place_) {
        case Place::size:
            if (is_hexadecimal(c)) return take_digit(c);
            return digit_count_ == 0 ? Step::broken : take_behind_size(c);
        case Place::behind_size:
            return take_behind_size(c);
        case Place::extension:
            if (c == '=') place_ = Place::extension_value;
            return c == '\n' ? end_line() : Step::inside;
        case Place::extension_value:
            return take_extension_value(c);
        case Place::line_feed:
            return c == '\n' ? end_line() : Step::broken;
        case Place::data_end:
        case Place::data_line_feed:
            return take_behind_data(c);
        case Place::none:
        case Place::data:
            break;
    }
    return Step::broken;
}

ChunkFraming::Step ChunkFraming::take_digit(char c) {
    if (digits() == "0") digit_count_ = 0;
    if (digit_count_ == digits_.size()) return Step::broken;
    digits_[digit_count_++] = c;
    return Step::inside;
}

ChunkFraming::Step ChunkFraming::take_behind_size(char c) {
    if (c == '\n') return end_line();
    if (!is_blank(c) && c != ';' && c != '\r') return Step::broken;
    place_ = c == ';' ? Place::extension : c == '\r' ? Place::line_feed : Place::behind_size;
    return Step::inside;
}

// A token or a string in quotes (RFC 9112, 7.1.1).
ChunkFraming::Step ChunkFraming::take_extension_value(char c) {
    if (c == '\n') return end_line();
    const bool was_escaped = std::exchange(is_escaped_, is_in_quotes_ && !is_escaped_ && c == '\\');
    if (c == '"' && !was_escaped) {
        is_in_quotes_ = !is_in_quotes_;
        return Step::inside;
    }
    if (c == ';' && !is_in_quotes_) place_ = Place::extension;
    return place_ == Place::extension || c == '\r' || is_blank(c) ? Step::inside : Step::value;
}

ChunkFraming::Step ChunkFraming::take_behind_data(char c) {
    if (c == '\n') {
        begin();
    } else if (c == '\r' && place_ == Place::data_end) {
        place_ = Place::data_line_feed;
    } else {
        return Step::broken;
    }
    return Step::inside;
}

ChunkFraming::Step ChunkFraming::end_line() {
    is_in_quotes_ = is_escaped_ = false;
    const bool is_last = digits() == "0";
    place_ = is_last ? Place::none : Place::data;
    return is_last ? Step::last_chunk : Step::data;
}

}  // namespace httpprof::format
