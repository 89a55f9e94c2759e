#include "replay/emit/har/url.h"

#include <charconv>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "replay/message.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHex = "0123456789ABCDEFabcdef";
constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
constexpr std::string_view kInPath = "!$&'()*+,;=:@/";
constexpr std::string_view kInQuery = "!$&'()*+,;=:@/?";

bool has_only(std::string_view text, std::string_view characters) {
    return text.find_first_not_of(characters) == text.npos;
}

bool is_encoded(std::string_view text) {
    return text.size() >= 3 && text[0] == '%' && has_only(text.substr(1, 2), kHex);
}

void append_percent_encoded(std::string& url, std::string_view text,
                            std::string_view also_allowed) {
    constexpr std::string_view kUpperHex = "0123456789ABCDEF";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_allowed = kUnreserved.find(c) != kUnreserved.npos ||
                                also_allowed.find(c) != also_allowed.npos ||
                                is_encoded(text.substr(i));
        if (is_allowed) {
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
    if (text.empty() || !has_only(text, kUnreserved)) return false;
    const std::string_view last_label = text.substr(text.rfind('.') + 1);
    return !has_only(last_label, kDigits) || is_address(AF_INET, text);
}

bool is_port(std::string_view text) {
    constexpr unsigned kMaxPort = 65'535;
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port <= kMaxPort;
}

std::string authority_of(const format::Endpoint& server) {
    const std::string address = format::address_text(server);
    const bool is_ipv6 = address.find(':') != address.npos;
    return (is_ipv6 ? '[' + address + ']' : address) + ':' + std::to_string(server.port);
}

void append_path_and_query(std::string& url, std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    append_percent_encoded(url, path, kInPath);
    if (path.size() == target.size()) return;
    url += '?';
    append_percent_encoded(url, target.substr(path.size() + 1), kInQuery);
}

// "http://" or "https://" at the beginning of an absolute-form; else empty.
std::string_view scheme_of(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme;
    }
    return {};
}

}  // namespace

bool is_authority(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    const bool has_port = colon != text.npos && !text.ends_with(']');
    return is_host(text.substr(0, has_port ? colon : text.npos)) &&
           (!has_port || is_port(text.substr(colon + 1)));
}

bool has_no_path(std::string_view method, std::string_view target) {
    return target == "*" || method == "CONNECT";
}

// The forms of RFC 9112, 3.2.
std::string absolute_url(std::string_view method, std::string_view target,
                         std::string_view host_field, const format::Endpoint& server) {
    const std::string_view scheme = scheme_of(target);
    std::string_view authority = host_field;
    std::string_view rest = target;
    if (!scheme.empty()) {
        rest.remove_prefix(scheme.size());
        authority = rest.substr(0, rest.find_first_of("/?"));
        rest.remove_prefix(authority.size());
    } else if (method == "CONNECT") {
        authority = target;
    }
    std::string url(scheme.empty() ? "http://" : scheme);
    url += is_authority(authority) ? std::string(authority) : authority_of(server);
    if (has_no_path(method, target)) return url;
    if (!rest.starts_with('/')) url += '/';
    append_path_and_query(url, rest);
    return url;
}

std::string_view query_of(std::string_view target) {
    const auto question = target.find('?');
    return question == target.npos ? std::string_view() : target.substr(question + 1);
}

}  // namespace httpprof::replay
