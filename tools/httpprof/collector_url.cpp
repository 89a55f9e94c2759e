#include "tools/httpprof/collector_url.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

namespace httpprof::cli {
namespace {

constexpr std::string_view kTraces = "/v1/traces";
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

std::optional<int> port_of(std::string_view digits) {
    std::uint16_t port = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, port);
    if (error != std::errc() || stop != end || port == 0) return std::nullopt;
    return port;
}

// Takes "host", "host:port" or "[::1]:port" apart; false when it is something else.
bool read_authority(std::string_view authority, CollectorUrl& url) {
    const bool is_bracketed = authority.starts_with('[');
    const auto end = is_bracketed ? authority.find(']') : authority.find(':');
    if (is_bracketed && end == authority.npos) return false;
    url.host = is_bracketed ? authority.substr(1, end - 1) : authority.substr(0, end);
    authority.remove_prefix(std::min(authority.size(), end + (is_bracketed ? 1 : 0)));
    if (!authority.empty()) {
        const auto port = authority.starts_with(':') ? port_of(authority.substr(1)) : std::nullopt;
        if (!port) return false;
        url.port = *port;
    }
    return !url.host.empty();
}

bool is_plain(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return c > ' ' && c < '\x7f' && c != '@' && c != '?' && c != '#'; });
}

}  // namespace

Result<CollectorUrl> parse_collector_url(std::string_view text) {
    CollectorUrl url;
    url.is_https = text.starts_with(kHttps);
    url.port = url.is_https ? 443 : 80;
    std::string_view rest = text;
    rest.remove_prefix(url.is_https ? kHttps.size() : std::min(rest.size(), kHttp.size()));
    const std::string_view authority = rest.substr(0, rest.find('/'));
    const bool has_scheme = url.is_https || text.starts_with(kHttp);
    if (!has_scheme || !is_plain(rest) || !read_authority(authority, url)) {
        return Error{"--endpoint: '" + std::string(text) +
                     "' is no URL of a collector; name it like http://127.0.0.1:4318"};
    }
    url.path = rest.substr(authority.size());
    while (url.path.ends_with('/'))
        url.path.pop_back();
    if (!url.path.ends_with(kTraces)) url.path += kTraces;
    return url;
}

}  // namespace httpprof::cli
