#include "replay/protocol/authority.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "format/characters.h"
#include "format/percent_encoding.h"
#include "replay/message.h"

namespace httpprof::replay {
namespace {

// RFC 3986, 2.3.
constexpr auto kUnreserved = format::CharacterSet::alphanumeric_and("-._~");
// With the sub-delims of 2.2.
constexpr auto kInName = format::CharacterSet::alphanumeric_and("-._~!$&'()*+,;=");
// 3.1.
constexpr auto kInScheme = format::CharacterSet::alphanumeric_and("+-.");

// How much `text` begins with characters of the set, and percent-encoded ones.
std::size_t host_run(std::string_view text, const format::CharacterSet& set) {
    const auto is_in_set = [&set](char c) { return set.has(c); };
    const char* end = text.begin();
    while (true) {
        end = std::find_if_not(end, text.end(), is_in_set);
        if (!format::begins_percent_encoded({end, text.end()}))
            return static_cast<std::size_t>(end - text.begin());
        end += 3;
    }
}

bool is_ipv6_address(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != text.npos) return false;
    std::memcpy(terminated.data(), text.data(), text.size());
    in6_addr address;
    return ::inet_pton(AF_INET6, terminated.data(), &address) == 1;
}

// IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
bool is_future_address(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == text.npos || dot < 2 || dot + 1 == text.size()) return false;
    const auto address = text.substr(dot + 1);
    return std::ranges::all_of(text.substr(1, dot - 1), format::is_hexadecimal) &&
           std::ranges::all_of(address, [](char c) { return c == ':' || kInName.has(c); });
}

// What stands between brackets. The zone of an address is that of RFC 6874.
bool is_ip_literal(std::string_view text) {
    constexpr std::string_view kZone = "%25";
    if (text.starts_with('v') || text.starts_with('V')) return is_future_address(text);
    const auto percent = text.find('%');
    if (percent == text.npos) return is_ipv6_address(text);
    const auto zone = text.substr(percent);
    return is_ipv6_address(text.substr(0, percent)) && zone.size() > kZone.size() &&
           zone.starts_with(kZone) && host_run(zone, kUnreserved) == zone.size();
}

// How much `text` begins with a uri-host; npos for a bracket that begins no address. There is an
// empty one where there is no other.
std::size_t host_length(std::string_view text) {
    if (!text.starts_with('[')) return host_run(text, kInName);
    const auto end = text.find(']');
    return end != text.npos && is_ip_literal(text.substr(1, end - 1)) ? end + 1 : text.npos;
}

bool is_scheme(std::string_view text) {
    return !text.empty() && format::is_letter(text[0]) &&
           std::ranges::all_of(text, [](char c) { return kInScheme.has(c); });
}

bool is_user_information(std::string_view text) {
    while (!text.empty()) {
        const auto length = host_run(text, kInName);
        if (length == 0 && text[0] != ':') return false;
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return true;
}

// An absolute URI, as far as it has an authority.
struct Url {
    std::string_view scheme;
    bool has_authority = false;
    std::string_view user_information;  // with the "@" behind it
    std::string_view host;              // with its port

    bool has_scheme(std::string_view other) const { return equals_ignoring_case(scheme, other); }
    bool is_http() const { return has_scheme("http") || has_scheme("https"); }
    // With its colon; empty where the scheme has none.
    std::string_view default_port() const {
        if (has_scheme("http") || has_scheme("ws")) return ":80";
        return has_scheme("https") || has_scheme("wss") ? ":443" : "";
    }
};

std::optional<Url> parse_url(std::string_view target) {
    const auto colon = target.find(':');
    if (colon == target.npos || !is_scheme(target.substr(0, colon))) return std::nullopt;
    Url url;
    url.scheme = target.substr(0, colon);
    const auto rest = target.substr(colon + 1);
    if (!rest.starts_with("//")) return url;
    const auto authority = rest.substr(2, rest.find_first_of("/?#", 2) - 2);
    const auto host = authority.rfind('@') + 1;  // from 0 where there is no "@"
    url.has_authority = true;
    url.user_information = authority.substr(0, host);
    url.host = authority.substr(host);
    return url;
}

// The port is the scheme's own where it is empty, too (RFC 3986, 6.2.3).
std::string_view without_port(std::string_view authority, std::string_view own_port) {
    const bool has_own = !own_port.empty() && authority.ends_with(own_port);
    const std::size_t size = has_own ? own_port.size() : authority.ends_with(':') ? 1 : 0;
    return authority.substr(0, authority.size() - size);
}

}  // namespace

bool is_host_value(std::string_view value) {
    const auto length = host_length(value);
    if (length >= value.size()) return length == value.size();
    return value[length] == ':' && std::ranges::all_of(value.substr(length + 1), format::is_digit);
}

bool is_authority_form(std::string_view target) {
    const auto length = host_length(target);
    if (length == 0 || length >= target.size() || target[length] != ':') return false;
    const char* const end = target.data() + target.size();
    std::uint16_t port = 0;
    const auto [stop, error] = std::from_chars(target.data() + length + 1, end, port);
    return error == std::errc() && stop == end;
}

bool is_absolute_form(std::string_view target) {
    const auto url = parse_url(target);
    if (!url || !is_host_value(url->host)) return false;
    if (url->is_http()) return host_length(url->host) != 0 && url->user_information.empty();
    const auto& user = url->user_information;
    return user.empty() || is_user_information(user.substr(0, user.size() - 1));
}

bool is_host_of(std::string_view value, std::string_view target) {
    const auto url = parse_url(target);
    if (!url || !(url->has_authority || url->is_http())) return true;
    return equals_ignoring_case(without_port(value, url->default_port()),
                                without_port(url->host, url->default_port()));
}

}  // namespace httpprof::replay
