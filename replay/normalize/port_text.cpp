#include "replay/normalize/port_text.h"

#include <algorithm>
#include <charconv>

#include "format/edit/characters.h"

namespace httpprof::replay {
namespace {

constexpr std::size_t kPortDigits = 5;

bool is_word(char c) {
    return format::is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool begins_port(std::string_view text, std::size_t at, PortContext context) {
    if (context == PortContext::word)
        return at == 0 || (!is_word(text[at - 1]) && text[at - 1] != '.');
    if (at < 2 || text[at - 1] != ':') return false;
    const char before = text[at - 2];
    return is_word(before) || before == '.' || before == '-' || before == ']';
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
        const std::uint16_t other = port == 0 ? std::uint16_t{0} : replacement(port);
        if (other != 0) write_port(text.data() + at, other);
    }
}

}  // namespace httpprof::replay
