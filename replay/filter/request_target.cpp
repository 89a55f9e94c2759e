#include "replay/filter/request_target.h"

#include <algorithm>

#include "format/characters.h"

namespace httpprof::replay {

std::string_view without_user(std::string_view authority) {
    const auto at = authority.rfind('@');
    return at == authority.npos ? authority : authority.substr(at + 1);
}

std::string host_of(std::string_view authority) {
    const bool is_bracketed = authority.starts_with('[');
    if (is_bracketed) authority.remove_prefix(1);
    return format::lower_case(authority.substr(0, authority.find(is_bracketed ? ']' : ':')));
}

RequestTarget split_target(std::string_view method, std::string_view target,
                           std::string_view host_field) {
    if (method == "CONNECT") {
        const std::string_view authority = without_user(target);
        return {host_of(authority), {}, {}, authority};
    }
    std::string_view authority = host_field;
    if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != target.npos) {
        authority = target.substr(scheme + 3);
        target = authority.substr(std::min(authority.find_first_of("/?"), authority.size()));
        authority.remove_suffix(target.size());
    }
    authority = without_user(authority);
    RequestTarget parts{host_of(authority), target, {}, authority};
    if (const auto question = target.find('?'); question != target.npos) {
        parts.path = target.substr(0, question);
        parts.query = target.substr(question + 1);
    }
    return parts;
}

}  // namespace httpprof::replay
