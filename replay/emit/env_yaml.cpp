#include "replay/emit/env_yaml.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "format/characters.h"
#include "replay/emit/text.h"
#include "replay/emit/yaml_scalar.h"

namespace httpprof::replay {
namespace {

// A loader may refuse a longer name before a colon (YAML 1.2, 7.4.2: 1024 characters) unless it is
// marked with "?", and an escaped byte takes up to four.
constexpr std::size_t kLongName = 250;

struct Environment {
    std::vector<std::pair<std::string_view, std::string_view>> variables;
    std::vector<std::string_view> repeated;  // of a name that came before: getenv(3) finds that one
    std::vector<std::string_view> malformed;
};

bool is_wanted(std::string_view entry, const std::vector<std::string>& prefixes) {
    return prefixes.empty() || std::ranges::any_of(prefixes, [&](const std::string& prefix) {
               return entry.starts_with(prefix);
           });
}

// Splits NUL-terminated entries; the views point into `entries`.
Environment parse(std::string_view entries, const std::vector<std::string>& prefixes) {
    Environment environment;
    std::set<std::string_view> names;
    while (!entries.empty()) {
        const std::string_view entry = entries.substr(0, entries.find('\0'));
        entries.remove_prefix(std::min(entries.size(), entry.size() + 1));
        const std::size_t equals = entry.find('=');
        const std::string_view name = entry.substr(0, equals);
        if (entry.empty() || !is_wanted(name, prefixes)) continue;
        if (equals == std::string_view::npos) {
            environment.malformed.push_back(entry);
        } else if (names.insert(name).second) {
            environment.variables.emplace_back(name, entry.substr(equals + 1));
        } else {
            environment.repeated.push_back(entry);
        }
    }
    return environment;
}

// Names that stay text without quotes: letters, digits and "_", but for the words that YAML 1.1
// takes for a boolean or null.
bool is_plain_name(std::string_view name) {
    static constexpr std::string_view kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static constexpr std::string_view kLettersAndDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    static const std::set<std::string, std::less<>> kWords = {"false", "n",    "no", "null", "off",
                                                              "on",    "true", "y",  "yes"};
    return name.find_first_of(kLetters) == 0 &&
           name.find_first_not_of(kLettersAndDigits) == std::string_view::npos &&
           !kWords.contains(format::lower_case(name));
}

void write_name(YAML::Emitter& yaml, std::string_view name) {
    if (is_plain_name(name)) {
        yaml << std::string(name);
    } else {
        write_yaml_scalar(yaml, name);
    }
}

void write_text(YAML::Emitter& yaml, const char* name, std::string_view text) {
    if (text.empty()) return;
    yaml << YAML::Key << name << YAML::Value;
    write_yaml_scalar(yaml, text);
}

void write_entries(YAML::Emitter& yaml, const char* name,
                   const std::vector<std::string_view>& entries) {
    if (entries.empty()) return;
    yaml << YAML::Key << name << YAML::Value << YAML::BeginSeq;
    for (const std::string_view entry : entries)
        write_yaml_scalar(yaml, entry);
    yaml << YAML::EndSeq;
}

void write_environment(YAML::Emitter& yaml, const Environment& environment) {
    yaml << YAML::Key << "env" << YAML::Value;
    if (environment.variables.empty()) yaml << YAML::Flow;
    yaml << YAML::BeginMap;
    for (const auto& [name, value] : environment.variables) {
        yaml << YAML::Key;
        write_name(yaml, name);
        yaml << YAML::Value;
        write_yaml_scalar(yaml, value);
    }
    yaml << YAML::EndMap;
    write_entries(yaml, "repeated", environment.repeated);
    write_entries(yaml, "malformed", environment.malformed);
}

void write_identity(YAML::Emitter& yaml, const Process& process) {
    const ProcessIdentity& identity = *process.identity;
    yaml << YAML::Key << "uid" << YAML::Value << identity.uid;
    if (identity.namespace_pid != process.pid)
        yaml << YAML::Key << "ns_pid" << YAML::Value << identity.namespace_pid;
    if (identity.pid_namespace == 0) return;
    yaml << YAML::Key << "namespaces" << YAML::Value << YAML::Flow << YAML::BeginMap;
    yaml << YAML::Key << "pid" << YAML::Value << identity.pid_namespace;
    yaml << YAML::Key << "mnt" << YAML::Value << identity.mount_namespace;
    yaml << YAML::Key << "user" << YAML::Value << identity.user_namespace;
    yaml << YAML::Key << "net" << YAML::Value << identity.network_namespace << YAML::EndMap;
}

bool has_long_name(const Environment& environment) {
    return std::ranges::any_of(environment.variables, [](const auto& variable) {
        return variable.first.size() > kLongName;
    });
}

std::string document(const ProcessReport& report, const std::vector<std::string>& prefixes) {
    const Process& process = *report.process;
    const Environment environment =
        process.environment ? parse(*process.environment, prefixes) : Environment{};
    YAML::Emitter yaml;
    // For the whole document: yaml-cpp mixes the two forms up when they change within it.
    if (has_long_name(environment)) yaml.SetMapFormat(YAML::LongKey);
    yaml << YAML::BeginMap << YAML::Key << "pid" << YAML::Value << process.pid;
    if (process.environment) write_environment(yaml, environment);
    if (process.environment_kept == format::EnvironmentKept::by_prefix)
        write_text(yaml, "env_kept", "by prefix");
    write_text(yaml, "error", process.error);
    write_text(yaml, "comm", process.comm);
    if (process.arguments) write_text(yaml, "cmdline", command_line(*process.arguments));
    write_text(yaml, "exe", process.executable);
    write_text(yaml, "cgroup", process.cgroup);
    if (process.identity) write_identity(yaml, process);
    if (process.start_ns > 0) write_text(yaml, "start_time", rfc3339(report.start_realtime_ns));
    yaml << YAML::EndMap;
    return std::string(yaml.c_str(), yaml.size()) + '\n';
}

}  // namespace

std::vector<std::string> parse_prefix_list(std::string_view list) {
    std::vector<std::string> prefixes;
    while (!list.empty()) {
        std::string_view prefix = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), prefix.size() + 1));
        prefix.remove_prefix(std::min(prefix.find_first_not_of(' '), prefix.size()));
        prefix = prefix.substr(0, prefix.find_last_not_of(' ') + 1);
        if (!prefix.empty()) prefixes.emplace_back(prefix);
    }
    return prefixes;
}

std::vector<std::string> parse_prefix_lists(const std::vector<std::string>& lists) {
    std::vector<std::string> prefixes;
    for (const std::string& list : lists)
        std::ranges::move(parse_prefix_list(list), std::back_inserter(prefixes));
    return prefixes;
}

Result<void> EnvYamlEmitter::process(const ProcessReport& report) {
    try {
        const bool is_first = std::exchange(is_first_, false);
        return output_.write((is_first ? "" : "---\n") + document(report, prefixes_));
    } catch (const YAML::Exception& exception) {
        return Error{std::string("cannot write a process as YAML: ") + exception.what()};
    }
}

}  // namespace httpprof::replay
