#include "replay/route.h"

#include <algorithm>
#include <cstddef>

#include "format/characters.h"
#include "replay/emit/text.h"
#include "replay/filter/request_target.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kVariable = "{id}";
constexpr std::size_t kLeastHexDigits = 8;  // fewer may be a word, as "decade1"
constexpr std::size_t kLeastTokenSize = 20;
constexpr int kLeastTokenChanges = 3;
constexpr std::size_t kMostExtensionSize = 5;

constexpr std::size_t kMostMethodSize = 32;
constexpr std::size_t kMostAuthoritySize = 255;
constexpr std::size_t kMostPathSize = 255;

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, format::is_digit);
}

bool is_uuid(std::string_view text) {
    constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::ranges::equal(text, kShape, [](char c, char shape) {
        return shape == 'x' ? format::is_hexadecimal(c) : c == shape;
    });
}

bool is_long_hex(std::string_view text) {
    return text.size() >= kLeastHexDigits && std::ranges::all_of(text, format::is_hexadecimal) &&
           std::ranges::any_of(text, format::is_digit);
}

// How often a letter follows a digit or a digit a letter, whatever other characters are between.
int changes_in(std::string_view text) {
    int changes = 0;
    char last = '\0';
    for (const char c : text) {
        if (!format::is_letter(c) && !format::is_digit(c)) continue;
        if (last != '\0' && format::is_letter(c) != format::is_letter(last)) ++changes;
        last = c;
    }
    return changes;
}

bool is_token(std::string_view text) {
    if (text.size() < kLeastTokenSize) return false;
    while (text.ends_with('='))
        text.remove_suffix(1);
    const bool is_base64 = std::ranges::all_of(text, [](char c) {
        return format::is_letter(c) || format::is_digit(c) || c == '_' || c == '-';
    });
    if (!is_base64 || changes_in(text) < kLeastTokenChanges) return false;
    // Titles in lower case, as 2-years-after-the-2024-release.
    if (text.find_first_of("-_") == text.npos) return true;
    return std::ranges::any_of(text, format::is_lower) &&
           std::ranges::any_of(text, format::is_upper);
}

bool is_variable(std::string_view text) {
    return is_number(text) || is_uuid(text) || is_long_hex(text) || is_token(text);
}

// ".png" of "1.png"; empty where what is behind the last dot may be something else.
std::string_view extension_of(std::string_view segment) {
    const std::size_t dot = segment.rfind('.');
    if (dot == segment.npos || segment.size() - dot - 1 > kMostExtensionSize) return {};
    const std::string_view extension = segment.substr(dot);
    const bool is_name = extension.size() > 1 && format::is_letter(extension[1]) &&
                         std::ranges::all_of(extension.substr(1), [](char c) {
                             return format::is_letter(c) || format::is_digit(c);
                         });
    return is_name ? extension : std::string_view();
}

void append_pattern(std::string_view segment, std::string& pattern) {
    segment = segment.substr(0, segment.find(';'));
    const std::string_view extension = extension_of(segment);
    const std::string_view stem = segment.substr(0, segment.size() - extension.size());
    if (is_variable(stem)) {
        pattern.append(kVariable).append(extension);
    } else {
        pattern.append(segment);
    }
}

std::string shortened(std::string text, std::size_t most) {
    constexpr std::string_view kCut = "...";
    if (text.size() <= most) return text;
    return std::string(cut_text(text, most - kCut.size())).append(kCut);
}

}  // namespace

std::string path_pattern(std::string_view path) {
    std::string pattern;
    for (;;) {
        const std::size_t end = path.find('/');
        append_pattern(path.substr(0, end), pattern);
        if (end == path.npos) return pattern;
        pattern += '/';
        path.remove_prefix(end + 1);
    }
}

Route route_of(std::string_view method, std::string_view target, std::string_view host_field) {
    const RequestTarget parts = split_target(method, target, host_field);
    return {shortened(std::string(method), kMostMethodSize),
            shortened(format::lower_case(parts.authority), kMostAuthoritySize),
            shortened(path_pattern(parts.path), kMostPathSize)};
}

}  // namespace httpprof::replay
