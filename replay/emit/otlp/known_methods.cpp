#include "replay/emit/otlp/known_methods.h"

#include <algorithm>

#include "replay/protocol/http1_head.h"

namespace httpprof::replay {

KnownMethods known_methods(std::string_view list) {
    KnownMethods methods;
    while (!list.empty()) {
        const std::string_view piece = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), piece.size() + 1));
        if (const std::string_view method = trimmed(piece); !method.empty())
            methods.emplace(method);
    }
    if (!methods.empty()) return methods;
    // RFC 9110, 9.3; RFC 5789; draft-ietf-httpbis-safe-method-w-body.
    return {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
            "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"};
}

}  // namespace httpprof::replay
