// What a request is for, out of its start line and its Host field.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace httpprof::replay {

// Bytes as they were sent, without percent-decoding. A part that is not there is empty.
struct RequestTarget {
    std::string host;  // in lower case (RFC 9110, 4.2.3), without port
    std::string_view path;
    std::optional<std::string_view> query;  // behind the "?": empty is not the same as none
    std::string_view authority;             // host and port, without user information
};

// Understands the four forms of RFC 9112, 3.2. The host of a target is preferred to the one of the
// Host field. The views point into `target` and `host_field`.
RequestTarget split_target(std::string_view method, std::string_view target,
                           std::string_view host_field);

// Of "user@host:port".
std::string_view without_user(std::string_view authority);

// In lower case, of "host:port" or "[::1]:port". An IPv6 address comes without its brackets, as
// addresses are shown elsewhere.
std::string host_of(std::string_view authority);

}  // namespace httpprof::replay
