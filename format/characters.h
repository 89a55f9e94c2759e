// Classes of characters, whatever the locale. A character may also be a negative number that stands
// for no byte (LookBack); that is in no class.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace httpprof::format {

constexpr bool is_digit(int c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_lower(int c) {
    return c >= 'a' && c <= 'z';
}

constexpr bool is_upper(int c) {
    return c >= 'A' && c <= 'Z';
}

constexpr bool is_letter(int c) {
    return is_lower(c) || is_upper(c);
}

constexpr bool is_hexadecimal(int c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr bool is_blank(int c) {
    return c == ' ' || c == '\t';
}

constexpr char to_lower(char c) {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

// ASCII letters in lower case, all else as it is.
inline std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), to_lower);
    return lower;
}

constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (to_lower(a[i]) != to_lower(b[i])) return false;
    }
    return true;
}

class CharacterSet {
  public:
    constexpr explicit CharacterSet(std::string_view characters) {
        for (const char c : characters)
            has_[static_cast<unsigned char>(c)] = true;
    }

    // Letters and digits of ASCII as well.
    static constexpr CharacterSet alphanumeric_and(std::string_view characters) {
        CharacterSet set(characters);
        for (int c = 0; c < 128; ++c) {
            if (is_digit(c) || is_letter(c)) set.has_[static_cast<std::size_t>(c)] = true;
        }
        return set;
    }

    // Control characters as well.
    static constexpr CharacterSet controls_and(std::string_view characters) {
        CharacterSet set(characters);
        for (std::size_t c = 0; c < ' '; ++c)
            set.has_[c] = true;
        return set;
    }

    constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }
    constexpr bool has(int c) const { return c >= 0 && has_[static_cast<std::size_t>(c)]; }

  private:
    std::array<bool, 256> has_{};
};

// RFC 9110, 5.6.2: tchar.
inline constexpr CharacterSet kTokenCharacters = CharacterSet::alphanumeric_and("!#$%&'*+-.^_`|~");

}  // namespace httpprof::format
