#include "replay/emit/text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "format/bytes.h"
#include "format/characters.h"
#include "format/digest.h"

namespace httpprof::replay {
namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t index) {
    return static_cast<std::uint8_t>(bytes[index]);
}

// Length of the well-formed sequence that starts `bytes`, which is not empty; 0 when none does.
std::size_t utf8_length(std::string_view bytes) {
    const std::uint8_t lead = byte_at(bytes, 0);
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (bytes.size() < length) return 0;
    // The second byte's range leaves out overlong forms, surrogates and what is beyond U+10FFFF.
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte_at(bytes, 1) < low || byte_at(bytes, 1) > high) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte_at(bytes, i) & 0xC0) != 0x80) return 0;
    }
    return length;
}

// The bits of a word's bytes that are not ASCII.
std::uint64_t high_bits(const char* word) {
    return format::load_little_endian<std::uint64_t>(word) & 0x8080808080808080;
}

// How many ASCII characters `bytes` begins with: 32 at a time, then 8, then one by one.
std::size_t ascii_length(std::string_view bytes) {
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    std::size_t length = 0;
    for (; bytes.size() - length >= 4 * kWord; length += 4 * kWord) {
        const char* words = bytes.data() + length;
        if ((high_bits(words) | high_bits(words + kWord) | high_bits(words + 2 * kWord) |
             high_bits(words + 3 * kWord)) != 0)
            break;
    }
    for (; bytes.size() - length >= kWord; length += kWord) {
        const std::uint64_t high = high_bits(bytes.data() + length);
        if (high != 0) return length + static_cast<std::size_t>(std::countr_zero(high)) / 8;
    }
    while (length < bytes.size() && byte_at(bytes, length) < 0x80)
        ++length;
    return length;
}

// `value`, which is not negative, in so many decimal digits.
void put_digits(std::string& text, std::size_t begin, std::size_t count, std::int64_t value) {
    for (std::size_t i = begin + count; i > begin; value /= 10)
        text[--i] = static_cast<char>('0' + value % 10);
}

bool is_control(char32_t point) {
    return point < 0x20 || (point >= 0x7F && point < 0xA0);
}

// Unicode's Bidi_Control.
bool turns_text(char32_t point) {
    return point == 0x061C || point == 0x200E || point == 0x200F ||
           (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

void append_byte_numbers(std::string& text, std::string_view bytes) {
    for (const char c : bytes) {
        std::array<char, 5> number{};
        std::snprintf(number.data(), number.size(), "\\x%02x", static_cast<std::uint8_t>(c));
        text += number.data();
    }
}

std::string escaped(std::string_view bytes, bool turning_too) {
    std::string text;
    while (!bytes.empty()) {
        const std::string_view before = bytes;
        const bool is_character = utf8_length(bytes) > 0;
        const char32_t point = is_character ? take_code_point(bytes) : 0;
        if (!is_character) bytes.remove_prefix(1);
        const std::string_view taken = before.substr(0, before.size() - bytes.size());
        if (is_control(point)) {
            append_byte_numbers(text, taken);
        } else if (turning_too && turns_text(point)) {
            append_code_point_number(text, point);
        } else {
            text += taken;
        }
    }
    return text;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    for (;;) {
        bytes.remove_prefix(ascii_length(bytes));
        if (bytes.empty()) return true;
        const std::size_t length = utf8_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
}

std::string_view cut_text(std::string_view text, std::uint64_t size) {
    if (text.size() <= size) return text;
    const auto end = static_cast<std::size_t>(size);
    for (std::size_t begin = end - std::min<std::size_t>(end, 3); begin < end; ++begin) {
        if (begin + utf8_length(text.substr(begin)) > end) return text.substr(0, begin);
    }
    return text.substr(0, end);
}

std::string excerpt(std::string_view text, std::size_t from, std::size_t size) {
    constexpr const char* kEllipsis = "\xE2\x80\xA6";
    const std::size_t begin = cut_text(text, from).size();
    const std::string_view rest = text.substr(begin);
    const std::string_view shown = cut_text(rest, size);
    return (begin > 0 ? kEllipsis : "") + std::string(shown) +
           (shown.size() < rest.size() ? kEllipsis : "");
}

std::string as_utf8(std::string_view bytes) {
    if (is_utf8(bytes)) return std::string(bytes);
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xC0 | (byte >> 6));
            text += static_cast<char>(0x80 | (byte & 0x3F));
        }
    }
    return text;
}

std::string without_controls(std::string_view bytes) {
    return escaped(bytes, /*turning_too=*/false);
}

std::string printable(std::string_view bytes) {
    return escaped(bytes, /*turning_too=*/true);
}

std::string printable_json(std::string_view json) {
    std::string text;
    while (!json.empty()) {
        const std::string_view before = json;
        const char32_t point = take_code_point(json);
        if (point != '\n' && (is_control(point) || turns_text(point))) {
            std::array<char, 7> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(point));
            text += escape.data();
        } else {
            text += before.substr(0, before.size() - json.size());
        }
    }
    return text;
}

void append_code_point_number(std::string& text, char32_t point) {
    std::array<char, 16> number{};
    std::snprintf(number.data(), number.size(), "\\u{%04x}", static_cast<unsigned>(point));
    text += number.data();
}

char32_t take_code_point(std::string_view& text) {
    const auto lead = static_cast<std::uint8_t>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        point = point << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3Fu);
    }
    text.remove_prefix(length);
    return point;
}

std::string hex(std::string_view bytes) {
    return format::to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::string rfc3339(std::int64_t realtime_ns) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t nanoseconds = (realtime_ns % kSecond + kSecond) % kSecond;
    const std::chrono::sys_seconds time{
        std::chrono::seconds(realtime_ns / kSecond - (realtime_ns % kSecond < 0 ? 1 : 0))};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::string text = "0000-00-00T00:00:00.000000000Z";
    put_digits(text, 0, 4, static_cast<int>(date.year()));
    put_digits(text, 5, 2, static_cast<unsigned>(date.month()));
    put_digits(text, 8, 2, static_cast<unsigned>(date.day()));
    put_digits(text, 11, 2, clock.hours().count());
    put_digits(text, 14, 2, clock.minutes().count());
    put_digits(text, 17, 2, clock.seconds().count());
    put_digits(text, 20, 9, nanoseconds);
    return text;
}

std::string host_text(const format::Endpoint& endpoint) {
    std::string address = format::address_text(endpoint);
    const bool is_ipv6 = address.find(':') != address.npos;
    return is_ipv6 ? '[' + address + ']' : address;
}

std::string endpoint_text(const format::Endpoint& endpoint) {
    return host_text(endpoint) + ':' + std::to_string(endpoint.port);
}

std::string command_line(std::string_view arguments) {
    std::string text(arguments.substr(0, arguments.find_last_not_of('\0') + 1));
    std::ranges::replace(text, '\0', ' ');
    return text;
}

}  // namespace httpprof::replay
