// The environment variables that the demo programs read.
#pragma once

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace httpprof::demo {

inline std::string text_setting(const char* name, const std::string& otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

// A whole decimal number from `lowest` to `highest`; throws std::invalid_argument on anything else.
inline int number_setting(const char* name, int otherwise, int lowest, int highest) {
    const std::string text = text_setting(name, std::to_string(otherwise));
    int value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || value < lowest || value > highest) {
        throw std::invalid_argument(std::string(name) + " is '" + text +
                                    "'; it must be a number from " + std::to_string(lowest) +
                                    " to " + std::to_string(highest));
    }
    return value;
}

// Runs `program` and turns what it throws into one line on stderr and an exit status.
template <typename Program>
int run(std::string_view name, Program program) {
    try {
        return program();
    } catch (const std::invalid_argument& error) {
        std::cerr << name << ": " << error.what() << '\n';
        return 2;
    } catch (const std::exception& error) {
        std::cerr << name << ": " << error.what() << '\n';
        return 1;
    }
}

}  // namespace httpprof::demo
