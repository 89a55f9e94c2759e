#include "replay/emit/har/cookies.h"

#include <algorithm>
#include <utility>

#include "replay/emit/http_date.h"
#include "replay/message.h"
#include "replay/protocol/http1_head.h"

namespace httpprof::replay {
namespace {

// The text up to the next `separator`, which goes with it.
std::string_view take_until(std::string_view& text, char separator) {
    const std::string_view piece = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), piece.size() + 1));
    return trimmed(piece);
}

// "name=value"; a text without "=" is a value without a name.
std::pair<std::string_view, std::string_view> name_and_value(std::string_view pair) {
    const auto equals = pair.find('=');
    if (equals == pair.npos) return {{}, pair};
    return {trimmed(pair.substr(0, equals)), trimmed(pair.substr(equals + 1))};
}

void take_attribute(Cookie& cookie, std::string_view attribute) {
    const auto [name, value] = name_and_value(attribute);
    if (equals_ignoring_case(attribute, "HttpOnly")) {
        cookie.http_only = true;
    } else if (equals_ignoring_case(attribute, "Secure")) {
        cookie.secure = true;
    } else if (equals_ignoring_case(name, "Path")) {
        cookie.path = value;
    } else if (equals_ignoring_case(name, "Domain")) {
        cookie.domain = value;
    } else if (equals_ignoring_case(name, "Expires")) {
        cookie.expires_ns = parse_http_date(value);
    }
}

}  // namespace

std::vector<Cookie> cookies_of_request(std::string_view value) {
    std::vector<Cookie> cookies;
    while (!value.empty()) {
        const std::string_view pair = take_until(value, ';');
        if (pair.empty()) continue;
        const auto [name, content] = name_and_value(pair);
        cookies.push_back({name, content});
    }
    return cookies;
}

Cookie cookie_of_response(std::string_view value) {
    const auto [name, content] = name_and_value(take_until(value, ';'));
    Cookie cookie{name, content};
    while (!value.empty())
        take_attribute(cookie, take_until(value, ';'));
    return cookie;
}

}  // namespace httpprof::replay
