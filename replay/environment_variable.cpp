#include "replay/environment_variable.h"

#include <algorithm>

namespace httpprof::replay {

std::string_view environment_variable(std::string_view environment, std::string_view name) {
    while (!environment.empty()) {
        const std::string_view entry = environment.substr(0, environment.find('\0'));
        const bool is_it = entry.starts_with(name) && entry.substr(name.size()).starts_with('=');
        if (is_it) return entry.substr(name.size() + 1);
        environment.remove_prefix(std::min(environment.size(), entry.size() + 1));
    }
    return {};
}

}  // namespace httpprof::replay
