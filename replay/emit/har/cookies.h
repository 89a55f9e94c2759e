// Cookies out of header fields (RFC 6265), read as tolerantly as browsers do.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace httpprof::replay {

// The views point into the value of the field.
struct Cookie {
    std::string_view name;
    std::string_view value;
    // Of Set-Cookie.
    std::string_view path = {};
    std::string_view domain = {};
    std::optional<std::int64_t> expires_ns = {};  // since 1970; nothing where it is no date
    bool http_only = false;
    bool secure = false;
};

std::vector<Cookie> cookies_of_request(std::string_view value);  // of a Cookie field
Cookie cookie_of_response(std::string_view value);               // of a Set-Cookie field

}  // namespace httpprof::replay
