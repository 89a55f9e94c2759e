#include "tools/httpprof/number_checks.h"

#include <string>

namespace httpprof::cli {

namespace {

bool convert_size(std::string& text) {
    try {
        return CLI::AsSizeValue(false)(text).empty();
    } catch (const CLI::ValidationError&) {
        return false;
    }
}

}  // namespace

// CLI11 takes -1 for the largest number, and speaks of its own types.
CLI::Validator as_size() {
    const auto convert = [](std::string& text) -> std::string {
        const bool has_digit = !text.empty() && text[0] >= '0' && text[0] <= '9';
        const std::string given = text;
        if (has_digit && convert_size(text)) return {};
        return "'" + given + "' is not a size; name a whole one as 500, 64K or 1MiB";
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
