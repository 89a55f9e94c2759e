// The text forms of an address, not left to inet_ntop: C libraries differ in the rare cases, and
// the output must not depend on the machine.
#include <algorithm>
#include <charconv>
#include <span>
#include <string>

#include "format/record.h"

namespace httpprof::format {
namespace {

using Address = std::array<std::uint8_t, 16>;
using Groups = std::array<unsigned, 8>;

// RFC 4291, 2.5.5.2.
bool is_ipv4_mapped(const Address& address) {
    return std::all_of(address.begin(), address.begin() + 10,
                       [](std::uint8_t byte) { return byte == 0; }) &&
           address[10] == 0xFF && address[11] == 0xFF;
}

std::string ipv4_text(const Address& address) {
    std::string text = std::to_string(address[12]);
    for (std::size_t i = 13; i < address.size(); ++i)
        text += '.' + std::to_string(address[i]);
    return text;
}

struct Run {
    std::size_t begin = 0;
    std::size_t size = 0;
};

// The run of zero groups that "::" stands for: the first of the longest, of two groups or more
// (RFC 5952, 4.2).
Run longest_zero_run(const Groups& groups) {
    Run longest;
    for (std::size_t begin = 0; begin < groups.size(); ++begin) {
        std::size_t end = begin;
        while (end < groups.size() && groups[end] == 0)
            ++end;
        if (end - begin > longest.size) longest = {begin, end - begin};
    }
    return longest.size >= 2 ? longest : Run{};
}

void append_groups(std::string& text, std::span<const unsigned> groups) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
        std::array<char, 4> digits;
        const auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16).ptr;
        if (i > 0) text += ':';
        text.append(digits.data(), end);
    }
}

std::string ipv6_text(const Address& address) {
    Groups groups;
    for (std::size_t i = 0; i < groups.size(); ++i)
        groups[i] = address[2 * i] * 256U + address[2 * i + 1];
    const Run zeros = longest_zero_run(groups);
    std::string text;
    if (zeros.size == 0) {
        append_groups(text, groups);
        return text;
    }
    append_groups(text, std::span(groups).first(zeros.begin));
    text += "::";
    append_groups(text, std::span(groups).subspan(zeros.begin + zeros.size));
    return text;
}

}  // namespace

std::string address_text(const Endpoint& endpoint) {
    return is_ipv4_mapped(endpoint.address) ? ipv4_text(endpoint.address)
                                            : ipv6_text(endpoint.address);
}

}  // namespace httpprof::format
