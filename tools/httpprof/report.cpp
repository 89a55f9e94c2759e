#include "tools/httpprof/report.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "replay/emit/output.h"
#include "replay/emit/text.h"
#include "tools/httpprof/exit_status.h"

namespace httpprof::cli {

void report(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = std::vsnprintf(nullptr, 0, format, arguments);
    va_end(arguments);
    std::string text(length < 0 ? 0 : static_cast<std::size_t>(length), '\0');
    va_start(arguments, format);
    std::vsnprintf(text.data(), text.size() + 1, format, arguments);
    va_end(arguments);
    std::fprintf(stderr, "httpprof: %s\n", replay::printable(text).c_str());
}

int fail(const Error& error) {
    report("%s", error.message.c_str());
    return 1;
}

int fail_command_line(const std::string& problem) {
    report("%s", problem.c_str());
    return kCommandLineIsWrong;
}

int fail_unless_reader_left(const Error& error) {
    return error.reader_is_gone ? 0 : fail(error);
}

int print(const std::string& text) {
    auto output = replay::Output::open("-");
    if (!output) return fail(output.error());
    auto written = output->write(text);
    if (written) written = output->finish();
    return written ? 0 : fail_unless_reader_left(written.error());
}

std::string count_text(std::uint64_t count, const char* singular, const char* plural) {
    return std::to_string(count) + " " + (count == 1 ? singular : plural);
}

std::string grouped(std::uint64_t count) {
    std::string text = std::to_string(count);
    for (std::size_t end = text.size(); end > 3; end -= 3)
        text.insert(end - 3, 1, ',');
    return text;
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

std::string joined(const std::vector<std::string>& words, const char* separator) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : separator) + word;
    return text;
}

}  // namespace httpprof::cli
