#include "replay/emit/har/url.h"

#include <algorithm>

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

void append_encoded(std::string& url, std::string_view text, std::string_view also_allowed) {
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

// "host", "host:port", "[::1]:port".
bool is_authority(std::string_view text) {
    std::size_t end = 0;
    if (text.starts_with('[')) {
        end = text.find(']');
        if (end == text.npos || !has_only(text.substr(1, end - 1), "0123456789ABCDEFabcdef:."))
            return false;
        ++end;
    } else {
        end = std::min(text.find(':'), text.size());
        if (end == 0 || !has_only(text.substr(0, end), kUnreserved)) return false;
    }
    const std::string_view port = text.substr(end);
    return port.empty() || (port[0] == ':' && has_only(port.substr(1), kDigits));
}

void append_authority(std::string& url, std::string_view authority) {
    if (is_authority(authority)) {
        url += authority;
    } else {
        append_encoded(url, authority, {});
    }
}

std::string authority_of(const format::Endpoint& server) {
    const std::string address = format::address_text(server);
    const bool is_ipv6 = address.find(':') != address.npos;
    return (is_ipv6 ? '[' + address + ']' : address) + ':' + std::to_string(server.port);
}

void append_path_and_query(std::string& url, std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    append_encoded(url, path, kInPath);
    if (path.size() == target.size()) return;
    url += '?';
    append_encoded(url, target.substr(path.size() + 1), kInQuery);
}

// "http://" or "https://" at the beginning of an absolute-form; else empty.
std::string_view scheme_of(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme;
    }
    return {};
}

}  // namespace

// The forms of RFC 9112, 3.2.
std::string absolute_url(std::string_view method, std::string_view target,
                         std::string_view host_field, const format::Endpoint& server) {
    const std::string own = authority_of(server);
    std::string url = "http://";
    if (method == "CONNECT" && !target.empty()) {
        append_authority(url, target);
    } else if (const std::string_view scheme = scheme_of(target); !scheme.empty()) {
        const std::string_view rest = target.substr(scheme.size());
        const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
        url = scheme;
        append_authority(url, end == 0 ? own : rest.substr(0, end));
        append_path_and_query(url, rest.substr(end));
    } else {
        append_authority(url, host_field.empty() ? own : host_field);
        if (!target.starts_with('/')) url += '/';
        append_path_and_query(url, target);
    }
    return url;
}

std::string_view query_of(std::string_view target) {
    const auto question = target.find('?');
    return question == target.npos ? std::string_view() : target.substr(question + 1);
}

}  // namespace httpprof::replay
