// The URL of a request, out of what its start line and its Host field say.
#pragma once

#include <string>
#include <string_view>

#include "format/record.h"

namespace httpprof::replay {

// Absolute, and a URI (RFC 3986) that browsers take, whatever the parts are: what cannot stand in a
// path or query is percent-encoded, and in place of what is no host stands the server's address.
std::string absolute_url(std::string_view method, std::string_view target,
                         std::string_view host_field, const format::Endpoint& server);

// Whether it is "host", "host:port" or "[::1]:port", with a host and port that there can be.
bool is_authority(std::string_view text);

// Whether the target is in asterisk-form or, of CONNECT, in authority-form: the path and query of
// its URI are empty (RFC 9112, 3.3).
bool has_no_path(std::string_view method, std::string_view target);

// Behind the first "?", as it was sent.
std::string_view query_of(std::string_view target);

}  // namespace httpprof::replay
