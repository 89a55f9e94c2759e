#include "record/process_stat.h"

#include <cstdlib>
#include <iterator>
#include <sstream>
#include <vector>

#include "record/read_file.h"

namespace httpprof::record {
namespace {

// Bytes: 52 numbers of at most 20 digits and a name of at most 64 bytes (proc(5)).
constexpr std::size_t kMostOfStat = 4096;

}  // namespace

std::optional<ProcessStat> read_process_stat(const std::string& directory) {
    const Result<std::string> text = read_file(directory + "/stat", kMostOfStat);
    if (!text) return std::nullopt;
    // The command name, field 2, is in parentheses and may hold anything, parentheses included.
    const std::size_t name_end = text->rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream fields(text->substr(name_end + 1));
    std::vector<std::string> values(std::istream_iterator<std::string>(fields), {});
    // By their numbers in proc(5); the first one after the name is 3.
    constexpr std::size_t kFirst = 3;
    constexpr std::size_t kLast = 52;
    if (values.size() <= kLast - kFirst) return std::nullopt;
    const auto value = [&](std::size_t number) {
        return std::strtoull(values[number - kFirst].c_str(), nullptr, 10);
    };
    return ProcessStat{.parent = static_cast<std::uint32_t>(value(4)),
                       .start_ticks = value(22),
                       .arguments_size = value(49) - value(48),
                       .environment_size = value(51) - value(50),
                       .arguments_address = value(48)};
}

}  // namespace httpprof::record
