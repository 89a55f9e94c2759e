#include "tools/httpprof/paths.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include <sys/stat.h>
#include <unistd.h>

namespace httpprof::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as many as Linux follows

// Of one that is there, or the place where it would come to be.
using FileIdentity = std::variant<std::pair<dev_t, ino_t>, fs::path>;

// Devices and pipes can be used twice without harm.
std::optional<FileIdentity> regular_file(const struct stat& status) {
    if (!S_ISREG(status.st_mode)) return std::nullopt;
    return std::pair(status.st_dev, status.st_ino);
}

// Where a file would be made: a link may lead there.
fs::path place_to_be(fs::path path) {
    std::error_code error;
    for (int i = 0; i < kMostLinks && fs::is_symlink(path, error); ++i)
        path = path.parent_path() / fs::read_symlink(path, error);
    return fs::weakly_canonical(fs::absolute(path, error), error);
}

std::optional<FileIdentity> file_at(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return regular_file(status);
    return place_to_be(path);
}

std::optional<FileIdentity> file_behind(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return std::nullopt;
    return regular_file(status);
}

std::optional<FileIdentity> file_written(const std::string& output) {
    return output == "-" ? file_behind(STDOUT_FILENO) : file_at(output);
}

std::optional<FileIdentity> file_read(const std::string& input) {
    if (input == "-") return file_behind(STDIN_FILENO);
    std::error_code error;
    return file_at(fs::exists(input, error) ? input : input + ".part");
}

bool is_read(const std::optional<FileIdentity>& file, const std::vector<std::string>& inputs) {
    return file && std::ranges::any_of(
                       inputs, [&](const std::string& input) { return file_read(input) == file; });
}

std::string conflict_text(const std::string& output) {
    return (output == "-" ? "standard output" : output) +
           " is both input and output; name another file";
}

}  // namespace

bool is_same_file(const std::string& a, const std::string& b) {
    if (a == "-" && b == "-") return true;
    const auto file = file_written(a);
    return file && file == file_written(b);
}

std::string conflict_with_inputs(const std::vector<std::string>& inputs,
                                 const std::string& output) {
    return is_read(file_written(output), inputs) ? conflict_text(output) : std::string();
}

std::string conflict_with_sources(const std::vector<std::string>& sources,
                                  const std::string& output) {
    if (output != "-" && is_read(file_at(output + ".part"), sources)) return conflict_text(output);
    return conflict_with_inputs(sources, output);
}

}  // namespace httpprof::cli
