#include "tools/httpprof/number_checks.h"

#include <string>

namespace httpprof::cli {

// CLI11 takes -1 for the largest number.
CLI::Validator as_size() {
    const auto convert = [](std::string& text) -> std::string {
        if (text.empty() || text[0] < '0' || text[0] > '9')
            return "'" + text + "' is not a size; name one as 500, 64K or 1MiB";
        return CLI::AsSizeValue(false)(text);
    };
    return {convert, "SIZE"};
}

// CLI::PositiveNumber answers with the largest number there is, in 309 digits.
CLI::Validator more_than_zero() {
    const auto check = [](const std::string& text) -> std::string {
        const bool is_zero = text.find_first_of("123456789") == text.npos;
        return is_zero || text.starts_with('-') ? "it has to be more than 0" : "";
    };
    return {check, "POSITIVE"};
}

}  // namespace httpprof::cli
