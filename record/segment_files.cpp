#include "record/segment_files.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <unistd.h>

#include "format/descriptor.h"

namespace httpprof::record {
namespace {

constexpr std::string_view kEnding = ".httpprof";
constexpr std::string_view kUnfinished = ".part";
constexpr std::size_t kMinDigits = 6;

struct NameParts {
    std::string_view stem;
    std::string_view ending;
};

NameParts split(std::string_view name) {
    if (!name.ends_with(kEnding)) return {name, {}};
    return {name.substr(0, name.size() - kEnding.size()), kEnding};
}

bool is_segment_of(std::string_view name, const NameParts& parts) {
    if (name.ends_with(kUnfinished)) name.remove_suffix(kUnfinished.size());
    if (!name.starts_with(parts.stem) || !name.ends_with(parts.ending)) return false;
    if (name.size() < parts.stem.size() + parts.ending.size() + 1 + kMinDigits) return false;
    name.remove_prefix(parts.stem.size());
    name.remove_suffix(parts.ending.size());
    return name.front() == '.' &&
           name.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
}

// A segment replaces no file.
std::string in_the_way(const std::string& path) {
    return path + " is there already; move it away or choose another name";
}

bool is_there(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

}  // namespace

std::string segment_path(const std::string& output, std::uint32_t segment) {
    const NameParts parts = split(output);
    char number[16];
    std::snprintf(number, sizeof(number), ".%06u", segment);
    return std::string(parts.stem) + number + std::string(parts.ending);
}

Result<void> check_no_segments(const std::string& output) {
    const std::filesystem::path path(output);
    const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
    const std::string own_name = path.filename();
    std::error_code error;
    std::filesystem::directory_iterator entries(directory, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
        const std::string name = entries->path().filename();
        if (is_segment_of(name, split(own_name)))
            return Error{"cannot create segments of " + output + ": " +
                         in_the_way((directory / name).string())};
    }
    if (error) return format::system_error("cannot read " + directory.string(), error.value());
    return {};
}

Result<std::unique_ptr<format::OutputFile>> SegmentFiles::create(std::uint32_t segment) {
    if (!rotates_) return format::OutputFile::create(output_, overwrite_);
    const std::string path = segment_path(output_, segment);
    for (const std::string& name : {path, path + std::string(kUnfinished)}) {
        if (is_there(name)) return Error{"cannot create " + path + ": " + in_the_way(name)};
    }
    return format::OutputFile::create(path);
}

Result<void> SegmentFiles::remove(std::uint32_t segment) {
    const std::string path = segment_path(output_, segment);
    // Whoever moved it away has it.
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return format::system_error("cannot remove " + path, errno);
    return {};
}

Result<std::unique_ptr<format::OutputFile>> PipeStore::create(std::uint32_t) {
    return format::OutputFile::to_descriptor(descriptor_, "the pipe to the analyzer");
}

Result<void> PipeStore::remove(std::uint32_t) {
    return {};
}

}  // namespace httpprof::record
