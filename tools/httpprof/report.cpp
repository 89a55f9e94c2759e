#include "tools/httpprof/report.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace httpprof::cli {
namespace {

// A terminal acts on control characters, and some on the bytes of C1 ones: what is not printable
// ASCII is shown as \xNN, unless it is part of a longer UTF-8 character.
std::string printable(std::string_view text) {
    std::string shown;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool starts_c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        const bool stray = byte >= 0x80 && byte < 0xA0 &&
                           (i == 0 || static_cast<unsigned char>(text[i - 1]) < 0x80 ||
                            static_cast<unsigned char>(text[i - 1]) == 0xC2);
        if (byte >= 0x20 && byte != 0x7F && !starts_c1 && !stray) {
            shown += text[i];
            continue;
        }
        std::array<char, 5> escaped{};
        std::snprintf(escaped.data(), escaped.size(), "\\x%02x", byte);
        shown += escaped.data();
    }
    return shown;
}

}  // namespace

void report(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = std::vsnprintf(nullptr, 0, format, arguments);
    va_end(arguments);
    std::string text(length < 0 ? 0 : static_cast<std::size_t>(length), '\0');
    va_start(arguments, format);
    std::vsnprintf(text.data(), text.size() + 1, format, arguments);
    va_end(arguments);
    std::fprintf(stderr, "httpprof: %s\n", printable(text).c_str());
}

int fail(const Error& error) {
    report("%s", error.message.c_str());
    return 1;
}

std::string count_text(std::uint64_t count, const char* singular, const char* plural) {
    return std::to_string(count) + " " + (count == 1 ? singular : plural);
}

std::string size_text(std::uint64_t bytes) {
    static constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
    auto size = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    // 1023.95 and more would be shown as 1024.0.
    while (size >= 1023.95) {
        size /= 1024;
        ++unit;
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f %s", size, kUnits[unit]);
    return text.data();
}

}  // namespace httpprof::cli
