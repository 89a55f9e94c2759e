#include "replay/filter/filter.h"

#include <algorithm>

#include "replay/filter/parser.h"

namespace httpprof::replay {
namespace {

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not a later byte of UTF-8
}

// From 1.
std::size_t column_of(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(
                   std::ranges::count_if(text.substr(0, offset), begins_character));
}

}  // namespace

std::variant<Filter, FilterError> Filter::parse(std::string_view text) {
    Parser parser(text);
    auto expression = parser.parse();
    if (expression) return Filter(std::move(*expression));
    return FilterError{column_of(text, parser.error().offset), parser.error().message};
}

std::array<std::string, 3> error_lines(std::string_view filter, const FilterError& error) {
    std::string shown(filter);
    // What would move the caret away from its place.
    std::ranges::replace_if(
        shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return {"column " + std::to_string(error.column) + ": " + error.message, std::move(shown),
            std::string(error.column - 1, ' ') + '^'};
}

}  // namespace httpprof::replay
