// The URI that a request is for, out of what its start line and its Host field say: the target URI
// of RFC 9110, 7.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/record.h"

namespace httpprof::replay {

// Its parts as they were sent, but for the user information, which may be a password.
struct RequestUri {
    std::string_view scheme = "http";
    std::string_view authority = {};  // a host that there can be, and port; empty: names none
    std::string path = {};            // empty, or from its first "/" on (RFC 9112, 3.3)
    std::optional<std::string_view> query = {};
};

// The views point into `target` and `host_field`.
RequestUri request_uri(std::string_view method, std::string_view target,
                       std::string_view host_field);

// Absolute, and a URI (RFC 3986) that browsers take, whatever the parts are: what cannot stand in a
// path or query is percent-encoded, and where no host is named stands the server's address.
std::string to_text(const RequestUri& uri, const format::Endpoint& server);

// That of the authority, or else of the scheme.
std::uint16_t port_of(const RequestUri& uri);

}  // namespace httpprof::replay
