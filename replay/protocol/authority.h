// The host and port that a Host field or the target of a request names (RFC 3986, 3.2.2 and 3.2.3).
#pragma once

#include <string_view>

namespace httpprof::replay {

// Host = uri-host [ ":" port ] (RFC 9110, 7.2). Host and port may be empty. `value` is without the
// white space around it.
bool is_host_value(std::string_view value);

// authority-form = uri-host ":" port (RFC 9112, 3.2.3), with a host and a port that can be
// connected to (RFC 9110, 9.3.6).
bool is_authority_form(std::string_view target);

// absolute-form = absolute-URI (RFC 9112, 3.2.2), as far as its scheme and authority say. Those of
// http and https have a host that is not empty, and no user information (RFC 9110, 4.2).
bool is_absolute_form(std::string_view target);

// Whether a Host field with this value stands for the host and port of such a target (RFC 9110,
// 7.2). True of one without an authority, and of another target.
bool is_host_of(std::string_view value, std::string_view target);

}  // namespace httpprof::replay
