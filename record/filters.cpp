#include "record/filters.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace httpprof::record {
namespace {

Error too_many(const char* what, std::size_t most) {
    return Error{"too many " + std::string(what) + ": at most " + std::to_string(most)};
}

template <typename T, std::size_t kMost>
Result<std::uint32_t> copy(const std::vector<T>& values, T (&to)[kMost], const char* what) {
    if (values.size() > kMost) return too_many(what, kMost);
    std::copy(values.begin(), values.end(), to);
    return static_cast<std::uint32_t>(values.size());
}

Result<void> copy_comms(const std::vector<std::string>& comms, knobs& to) {
    if (comms.size() > KNOB_COMMS_MAX) return too_many("command names", KNOB_COMMS_MAX);
    for (const std::string& comm : comms) {
        // The kernel cuts a longer name off.
        const std::size_t size = std::min<std::size_t>(comm.size(), WIRE_COMM_SIZE - 1);
        std::memcpy(to.comms[to.comm_count++], comm.data(), size);
    }
    return {};
}

// Of "NAME=", followed by any value; or of "NAME=VALUE" and the NUL after it.
Result<variable_pattern> pattern_of(const std::string& variable, bool has_value) {
    const std::size_t size = variable.size() + (has_value ? 1 : 0);
    // What is compared has a NUL at its end, put there if need be: a longer one has it behind
    // these.
    const std::size_t most = KNOB_VARIABLE_SIZE_MAX - 1;
    if (size > most)
        return Error{"'" + variable + "' is too long to be compared: at most " +
                     std::to_string(most - 1) + " bytes"};
    variable_pattern pattern{};
    std::memcpy(pattern.bytes, variable.data(), variable.size());
    std::memset(pattern.mask, 0xFF, size);
    return pattern;
}

class Patterns {
  public:
    Patterns(variable_pattern* to, std::uint32_t& count) : to_(to), count_(count) {}

    Result<void> add(const std::string& variable, bool has_value) {
        if (count_ == KNOB_VARIABLES_MAX)
            return too_many("variables and values", KNOB_VARIABLES_MAX);
        const Result<variable_pattern> pattern = pattern_of(variable, has_value);
        if (!pattern) return pattern.error();
        to_[count_++] = *pattern;
        return {};
    }

    // `text` is NAME, or NAME= and values with commas between them.
    Result<void> add_each_value(const std::string& text) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos) return add(text + '=', false);
        const std::string name = text.substr(0, equals + 1);
        for (std::size_t start = equals + 1; start <= text.size();) {
            const std::size_t end = std::min(text.find(',', start), text.size());
            if (auto added = add(name + text.substr(start, end - start), true); !added)
                return added;
            start = end + 1;
        }
        return {};
    }

  private:
    variable_pattern* to_;
    std::uint32_t& count_;
};

Result<void> copy_variables(const Options& options, knobs& to) {
    Patterns match(to.match, to.match_count);
    for (const std::string& text : options.environment_match) {
        if (auto added = match.add_each_value(text); !added) return added;
    }
    Patterns exclude(to.exclude, to.exclude_count);
    for (const std::string& text : options.environment_exclude) {
        const bool has_value = text.find('=') != std::string::npos;
        if (auto added = exclude.add(has_value ? text : text + '=', has_value); !added)
            return added;
    }
    return {};
}

}  // namespace

Result<knobs> make_knobs(const Options& options) {
    knobs made{};
    made.snaplen = options.snaplen;
    made.selected_only = !options.pids.empty() || !options.command.empty();
    made.all_sockets = options.all_sockets;
    made.no_environment = options.no_environment;
    const auto ports = copy(options.ports, made.ports, "ports");
    if (!ports) return ports.error();
    made.port_count = *ports;
    const auto uids = copy(options.uids, made.uids, "users");
    if (!uids) return uids.error();
    made.uid_count = *uids;
    if (options.cgroups.size() > KNOB_CGROUPS_MAX) return too_many("cgroups", KNOB_CGROUPS_MAX);
    made.cgroup_count = static_cast<std::uint32_t>(options.cgroups.size());
    if (auto copied = copy_comms(options.comms, made); !copied) return copied.error();
    if (auto copied = copy_variables(options, made); !copied) return copied.error();
    return made;
}

}  // namespace httpprof::record
