#include "replay/emit/request_uri.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "format/characters.h"
#include "format/percent_encoding.h"
#include "replay/emit/text.h"
#include "replay/filter/request_target.h"
#include "replay/message.h"

namespace httpprof::replay {
namespace {

using format::CharacterSet;

constexpr auto kUnreserved = CharacterSet::alphanumeric_and("-._~");
constexpr auto kInPath = CharacterSet::alphanumeric_and("-._~!$&'()*+,;=:@/");
constexpr auto kInQuery = CharacterSet::alphanumeric_and("-._~!$&'()*+,;=:@/?");

void append_percent_encoded(std::string& url, std::string_view text, const CharacterSet& allowed) {
    constexpr std::string_view kUpperHex = "0123456789ABCDEF";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (allowed.has(c) || format::begins_percent_encoded(text.substr(i))) {
            url += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        url += '%';
        url += kUpperHex[byte >> 4];
        url += kUpperHex[byte & 0xF];
    }
}

bool is_address(int family, std::string_view text) {
    in6_addr address;  // the longer one
    return ::inet_pton(family, std::string(text).c_str(), &address) == 1;
}

// What browsers take for a host: a name whose last label is a number has to be an address.
bool is_host(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']'))
        return is_address(AF_INET6, text.substr(1, text.size() - 2));
    const auto is_unreserved = [](char c) { return kUnreserved.has(c); };
    if (text.empty() || !std::ranges::all_of(text, is_unreserved)) return false;
    const std::string_view last_label = text.substr(text.rfind('.') + 1);
    return !std::ranges::all_of(last_label, format::is_digit) || is_address(AF_INET, text);
}

bool is_port(std::string_view text) {
    constexpr unsigned kMaxPort = 65'535;
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port <= kMaxPort;
}

struct Scheme {
    std::string_view name;
    std::uint16_t port;
};

// Those of which proxies are asked for a URI. Others, such as "javascript", a browser might run.
constexpr Scheme kSchemes[] = {{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}, {"ftp", 21}};

bool is_authority(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    const bool has_port = colon != text.npos && !text.ends_with(']');
    return is_host(text.substr(0, has_port ? colon : text.npos)) &&
           (!has_port || is_port(text.substr(colon + 1)));
}

// A port may have no digits, and the colon is nothing then (RFC 3986, 3.2.3).
std::string_view authority_or_nothing(std::string_view text) {
    if (text.ends_with(':')) {
        text.remove_suffix(1);
        return is_host(text) ? text : std::string_view();
    }
    return is_authority(text) ? text : std::string_view();
}

void set_path_and_query(RequestUri& uri, std::string_view text) {
    const std::string_view path = text.substr(0, text.find('?'));
    uri.path = path.starts_with('/') ? path : '/' + std::string(path);
    if (path.size() < text.size()) uri.query = text.substr(path.size() + 1);
}

// Nothing of a target that is in no absolute-form of these schemes.
std::optional<RequestUri> absolute_form(std::string_view target) {
    constexpr std::string_view kSeparator = "://";
    const auto end = target.find(kSeparator);
    if (end == target.npos) return std::nullopt;
    for (const Scheme& scheme : kSchemes) {
        if (!equals_ignoring_case(target.substr(0, end), scheme.name)) continue;
        const auto rest = target.substr(end + kSeparator.size());
        const auto authority = rest.substr(0, rest.find_first_of("/?"));
        RequestUri uri{scheme.name, authority_or_nothing(without_user(authority))};
        set_path_and_query(uri, rest.substr(authority.size()));
        return uri;
    }
    return std::nullopt;
}

}  // namespace

// The forms of RFC 9112, 3.2. Only a URI has user information.
RequestUri request_uri(std::string_view method, std::string_view target,
                       std::string_view host_field) {
    RequestUri uri;
    uri.authority = authority_or_nothing(method == "CONNECT" ? target : host_field);
    if (method == "CONNECT" || target == "*") return uri;
    if (auto absolute = absolute_form(target)) return *std::move(absolute);
    set_path_and_query(uri, target);
    return uri;
}

std::string to_text(const RequestUri& uri, const format::Endpoint& server) {
    std::string text(uri.scheme);
    text += "://";
    text += uri.authority.empty() ? endpoint_text(server) : uri.authority;
    append_percent_encoded(text, uri.path, kInPath);
    if (!uri.query) return text;
    text += '?';
    append_percent_encoded(text, *uri.query, kInQuery);
    return text;
}

std::uint16_t port_of(const RequestUri& uri) {
    std::uint16_t port = std::ranges::find(kSchemes, uri.scheme, &Scheme::name)->port;
    const auto colon = uri.authority.rfind(':');
    if (colon == uri.authority.npos || uri.authority.ends_with(']')) return port;
    std::from_chars(uri.authority.data() + colon + 1, uri.authority.data() + uri.authority.size(),
                    port);
    return port;
}

}  // namespace httpprof::replay
