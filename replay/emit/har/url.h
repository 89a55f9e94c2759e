// The URL of a request, out of what its start line and its Host field say.
#pragma once

#include <string>
#include <string_view>

#include "format/record.h"

namespace httpprof::replay {

// Absolute, and a URI (RFC 3986) whatever the parts are: what cannot stand in one is
// percent-encoded. Without a Host field the address of the server stands in its place.
std::string absolute_url(std::string_view method, std::string_view target,
                         std::string_view host_field, const format::Endpoint& server);

// Behind the first "?", as it was sent.
std::string_view query_of(std::string_view target);

}  // namespace httpprof::replay
