#include "tools/httpprof/interrupt.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <span>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace httpprof::cli {
namespace {

bool is_pipe(const char* argument) {
    struct stat status {};
    const bool is_known = std::string_view(argument) == "-" ? ::fstat(STDIN_FILENO, &status) == 0
                                                            : ::stat(argument, &status) == 0;
    return is_known && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

// That an argument names an output follows from the option before it.
bool is_read(std::span<char*> arguments, std::size_t index) {
    constexpr std::array<std::string_view, 4> kOutputs{"-o", "--output", "--env-out", "--summary"};
    return index == 0 || std::ranges::find(kOutputs, arguments[index - 1]) == kOutputs.end();
}

bool reads_a_pipe(std::span<char*> arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (is_read(arguments, i) && is_pipe(arguments[i])) return true;
    }
    return false;
}

// A terminal has shown "^C".
std::string_view notice =
    "\nhttpprof: reading to the end of the input; a further SIGINT ends it at once\n";

extern "C" void say_that_reading_goes_on(int) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, notice.data(), notice.size());
}

}  // namespace

void outlive_interrupted_writer(int argc, char** argv) {
    if (argc < 3) return;
    const std::string_view command = argv[1];
    const std::span arguments(argv + 2, static_cast<std::size_t>(argc) - 2);
    const bool records = command == "record" || command == "live";
    if (records || !reads_a_pipe(arguments)) return;
    struct sigaction before {};
    if (::sigaction(SIGINT, nullptr, &before) != 0 || before.sa_handler == SIG_IGN) return;
    if (::isatty(STDERR_FILENO) != 1) notice.remove_prefix(1);
    struct sigaction once {};
    once.sa_handler = say_that_reading_goes_on;
    once.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
    ::sigaction(SIGINT, &once, nullptr);
}

}  // namespace httpprof::cli
