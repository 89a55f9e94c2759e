#include "replay/normalize/port_text.h"

#include <algorithm>
#include <charconv>

#include "format/characters.h"

namespace httpprof::replay {
namespace {

constexpr std::size_t kPortDigits = 5;

bool is_word(char c) {
    return format::is_digit(c) || format::is_letter(c);
}

// Of the percent-encoded character at the end; it may be encoded more than once, as in a URL within
// a URL ("%253A"). 0 if there is none.
std::size_t encoded_size(std::string_view text) {
    std::string_view rest = text.substr(0, text.size() - std::min<std::size_t>(text.size(), 2));
    if (!std::ranges::all_of(text.substr(rest.size()), format::is_hexadecimal)) return 0;
    while (rest.ends_with("25"))
        rest.remove_suffix(2);
    return rest.ends_with('%') ? text.size() - rest.size() + 1 : 0;
}

std::size_t colon_size(std::string_view text) {
    if (text.ends_with(':')) return 1;
    return text.ends_with("3A") || text.ends_with("3a") ? encoded_size(text) : 0;
}

std::string_view without_colon(std::string_view text) {
    return text.substr(0, text.size() - colon_size(text));
}

bool is_behind_host(std::string_view before) {
    const std::string_view host = without_colon(before);
    if (host.empty() || host.size() == before.size()) return false;
    const char last = host.back();
    return is_word(last) || last == '.' || last == '-' || last == ']';
}

// A letter, or several, behind a single dash: "-p40000", "-lp40000".
bool ends_in_option(std::string_view text) {
    const std::size_t letters = text.size();
    while (!text.empty() && format::is_letter(text.back()))
        text.remove_suffix(1);
    if (text.size() == letters || !text.ends_with('-')) return false;
    text.remove_suffix(1);
    return text.empty() || (!is_word(text.back()) && text.back() != '-' && text.back() != '.');
}

bool begins_word(std::string_view before) {
    if (before.empty() || (!is_word(before.back()) && before.back() != '.')) return true;
    return encoded_size(before) > 0 || ends_in_option(before);
}

bool begins_port(std::string_view text, std::size_t at, PortContext context) {
    const std::string_view before = text.substr(0, at);
    return context == PortContext::word ? begins_word(before) : is_behind_host(before);
}

// The ephemeral port whose five digits stand there, or 0.
std::uint16_t port_at(std::string_view text, std::size_t at) {
    const std::string_view digits = text.substr(at, kPortDigits);
    if (digits.size() < kPortDigits || !std::ranges::all_of(digits, format::is_digit)) return 0;
    if (at + kPortDigits < text.size() && is_word(text[at + kPortDigits])) return 0;
    unsigned port = 0;
    std::from_chars(digits.data(), digits.data() + kPortDigits, port);
    return port >= kFirstEphemeralPort && port <= 65535 ? static_cast<std::uint16_t>(port) : 0;
}

void write_port(char* digits, std::uint16_t port) {
    for (std::size_t i = kPortDigits; i > 0; --i, port = static_cast<std::uint16_t>(port / 10))
        digits[i - 1] = static_cast<char>('0' + port % 10);
}

}  // namespace

void replace_ports(std::string& text, PortContext context, const PortReplacement& replacement) {
    // Digits "3" to "6" begin all of them.
    for (std::size_t at = text.find_first_of("3456"); at != text.npos;
         at = text.find_first_of("3456", at + 1)) {
        if (!begins_port(text, at, context)) continue;
        const std::uint16_t port = port_at(text, at);
        if (port == 0) continue;
        const std::string_view before = without_colon(std::string_view(text).substr(0, at));
        const std::uint16_t other = replacement(before, port);
        if (other != 0) write_port(text.data() + at, other);
    }
}

}  // namespace httpprof::replay
