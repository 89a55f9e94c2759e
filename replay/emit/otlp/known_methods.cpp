#include "replay/emit/otlp/known_methods.h"

#include "replay/protocol/http1_head.h"

namespace httpprof::replay {

KnownMethods known_methods(std::string_view list) {
    KnownMethods methods;
    for_each_element(list, [&](std::string_view method) {
        if (!method.empty()) methods.emplace(method);
    });
    if (!methods.empty()) return methods;
    // RFC 9110, 9.3; RFC 5789; draft-ietf-httpbis-safe-method-w-body.
    return {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
            "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"};
}

}  // namespace httpprof::replay
