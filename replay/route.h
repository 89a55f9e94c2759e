// Requests that ask the same of the same service are of one route.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace httpprof::replay {

// Texts that are too long are cut, and end in "...".
struct Route {
    std::string method;
    std::string authority;  // host and port as the request names them, in lower case
    std::string path;       // a pattern

    auto operator<=>(const Route&) const = default;
};

Route route_of(std::string_view method, std::string_view target, std::string_view host_field);

// The path with "{id}" in place of each segment that names one thing of many:
//   - digits only: 42
//   - a UUID (RFC 9562): 8, 4, 4, 4 and 12 hexadecimal digits
//   - at least 8 hexadecimal digits, one of 0 to 9 among them
//   - a token: at least 20 of A-Z a-z 0-9 _ - with "=" only at its end, in which letters and digits
//     change places at least three times; where it has _ or -, it has letters of both cases
// A file name extension behind one of these stays ("{id}.png"); parameters of a segment (RFC 3986,
// 3.3: from ";" on) are left out.
std::string path_pattern(std::string_view path);

}  // namespace httpprof::replay
