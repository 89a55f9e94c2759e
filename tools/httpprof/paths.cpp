#include "tools/httpprof/paths.h"

#include <filesystem>
#include <system_error>

namespace httpprof::cli {

bool is_same_file(const std::string& a, const std::string& b) {
    std::error_code error;
    if (!std::filesystem::exists(a, error)) return a == b;
    return std::filesystem::is_regular_file(a, error) && std::filesystem::equivalent(a, b, error);
}

}  // namespace httpprof::cli
