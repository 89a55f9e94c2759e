#include "tools/httpprof/number_checks.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

#include "format/characters.h"

namespace httpprof::cli {

namespace {

// CLI11 takes a number with a leading 0 for an octal or hexadecimal one, passes over ' and _
// between digits, takes -1 for the largest number, and speaks of its own types.
bool convert_size(std::string& text) {
    const auto unit = std::ranges::find_if_not(text, format::is_digit);
    if (unit == text.begin() || !std::all_of(unit, text.end(), format::is_letter)) return false;
    const auto first = std::find_if(text.begin(), unit - 1, [](char c) { return c != '0'; });
    text.erase(text.begin(), first);
    try {
        return CLI::AsSizeValue(false)(text).empty();
    } catch (const CLI::ValidationError&) {
        return false;
    }
}

}  // namespace

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
    const auto convert = [least, most](std::string& text) -> std::string {
        std::uint64_t number = 0;
        const char* const end = text.data() + text.size();
        const auto [rest, problem] = std::from_chars(text.data(), end, number);
        if (problem != std::errc() || rest != end || number < least || number > most)
            return "'" + text + "' is not a number from " + std::to_string(least) + " to " +
                   std::to_string(most);
        text = std::to_string(number);
        return {};
    };
    return {convert, "NUMBER"};
}

CLI::Validator as_size() {
    const auto convert = [](std::string& text) -> std::string {
        const std::string given = text;
        if (convert_size(text)) return {};
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
