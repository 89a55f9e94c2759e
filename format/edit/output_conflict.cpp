#include "format/edit/output_conflict.h"

#include <optional>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace httpprof::format {
namespace {

using FileIdentity = std::pair<dev_t, ino_t>;

// Devices and pipes can be both without harm.
std::optional<FileIdentity> regular_file(const struct stat& status) {
    if (!S_ISREG(status.st_mode)) return std::nullopt;
    return FileIdentity(status.st_dev, status.st_ino);
}

std::optional<FileIdentity> file_at(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return regular_file(status);
}

std::optional<FileIdentity> file_behind(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return std::nullopt;
    return regular_file(status);
}

std::optional<FileIdentity> file_read(const std::string& input) {
    if (input == "-") return file_behind(STDIN_FILENO);
    struct stat status {};
    if (::stat(input.c_str(), &status) == 0) return regular_file(status);
    return file_at(input + ".part");
}

}  // namespace

Result<void> check_output(const std::string& output, const std::vector<std::string>& inputs) {
    const bool is_standard_output = output == "-";
    const auto file = is_standard_output ? file_behind(STDOUT_FILENO) : file_at(output);
    const auto part = is_standard_output ? file : file_at(output + ".part");
    for (const std::string& input : inputs) {
        const auto read = file_read(input);
        if (read && (read == file || read == part))
            return Error{(is_standard_output ? "standard output" : output) +
                         " is both input and output; name another file with -o"};
    }
    return {};
}

}  // namespace httpprof::format
