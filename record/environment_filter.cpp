#include "record/environment_filter.h"

#include <algorithm>
#include <cstring>

#include "bpf/wire.h"

namespace httpprof::record {

namespace {

// What a title that was written over an environment leaves at its beginning: NULs, or, in an entry
// of nothing else, spaces.
std::string_view traces_of_title(std::string_view entries) {
    using namespace std::string_view_literals;
    const std::size_t size = std::min(entries.find_first_not_of("\0 "sv), entries.size());
    return entries.substr(0, entries.substr(0, size).rfind('\0') + 1);
}

}  // namespace

std::string keep_variables(std::string_view entries, const std::vector<std::string>& prefixes) {
    std::string kept(traces_of_title(entries));
    entries.remove_prefix(kept.size());
    while (!entries.empty()) {
        const std::size_t end = std::min(entries.find('\0'), entries.size() - 1);
        const std::string_view entry = entries.substr(0, end + 1);
        entries.remove_prefix(entry.size());
        const std::string_view name = entry.substr(0, entry.find('='));
        const auto starts_name = [&](const std::string& prefix) {
            return name.starts_with(prefix);
        };
        if (std::ranges::any_of(prefixes, starts_name)) kept += entry;
    }
    return kept;
}

std::string keep_variables_of_record(std::string_view record,
                                     const std::vector<std::string>& prefixes) {
    wire_process process;
    std::memcpy(&process, record.data(), sizeof(process));
    const std::string_view payload = record.substr(sizeof(process));
    const std::string_view arguments = payload.substr(0, process.arguments_captured);
    const std::string_view environment =
        payload.substr(arguments.size(), process.environment_captured);
    const std::string_view rest = payload.substr(arguments.size() + environment.size());

    const std::string kept = keep_variables(environment, prefixes);
    const auto left_out = static_cast<std::uint32_t>(environment.size() - kept.size());
    process.environment_kept = WIRE_ENVIRONMENT_BY_PREFIX;
    process.environment_size -= left_out;
    process.environment_captured -= left_out;
    process.header.size -= left_out;
    std::string filtered(reinterpret_cast<const char*>(&process), sizeof(process));
    return filtered.append(arguments).append(kept).append(rest);
}

}  // namespace httpprof::record
