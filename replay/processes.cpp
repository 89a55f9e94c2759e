#include "replay/processes.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace httpprof::replay {
namespace {

using namespace std::string_view_literals;

// The last byte of arguments is NUL, until setproctitle(3) writes over all of them.
bool is_title_open(std::string_view arguments) {
    return !arguments.empty() && arguments.back() != '\0';
}

// The command line as the kernel's /proc/PID/cmdline has it (Linux 5.3, fs/proc/base.c,
// get_mm_cmdline): a title goes on into the environment, up to the first NUL.
std::string arguments_of(const format::ProcessRecord& record) {
    std::string arguments(record.arguments);
    if (!is_title_open(arguments)) return arguments;
    arguments += record.environment;
    arguments.resize(std::min(arguments.find('\0'), arguments.size()));
    return arguments;
}

// Whether setproctitle(3) wrote on into the environment, of which it leaves NULs behind, or Perl's
// assignment to $0, which leaves spaces. Where the arguments still end in a NUL, one empty variable
// and one that begins with a space may be what exec(2) was given.
bool has_title_in_environment(const Process& process, std::uint32_t arguments_size) {
    if (!process.environment) return false;
    const std::string_view environment = *process.environment;
    const std::string_view arguments = process.arguments ? *process.arguments : std::string_view();
    // Of the environment as it was, the title had something at least.
    if (process.environment_kept == format::EnvironmentKept::by_prefix &&
        is_title_open(arguments) && arguments.size() == arguments_size)
        return true;
    if (environment.empty()) return false;
    if (arguments.size() > arguments_size) return true;
    if (is_title_open(arguments)) return environment[0] == '\0' || environment[0] == ' ';
    return environment.starts_with("\0\0"sv) ||
           (environment[0] == ' ' && environment.find_first_not_of(' ') == environment.size() - 1);
}

// Without a last entry that may be cut.
std::string_view whole_entries(std::string_view entries) {
    return entries.substr(0, entries.rfind('\0') + 1);
}

std::string cut_note(const char* what, std::size_t have, std::uint32_t size) {
    if (have == size)
        return std::string(what) + " cut: it may go on in the environment, which was left out";
    if (have == 0) {
        return std::string(what) + " of " + std::to_string(size) + " bytes could not be read";
    }
    return std::string(what) + " cut: " + std::to_string(have) + " of " + std::to_string(size) +
           " bytes were read";
}

// Where how much was read is not known, since some was left out then.
std::string cut_end_note(const char* what, std::size_t missing) {
    return std::string(what) + " cut: its last " + std::to_string(missing) + " bytes were not read";
}

void append_sentence(std::string& text, const std::string& sentence) {
    if (!text.empty()) text += "; ";
    text += sentence;
}

// Of a path as in /proc/PID/cgroup, which a recorder in a cgroup namespace sees as from there:
// nothing is known of one outside (cgroup_namespaces(7)).
bool is_root_or_outside(std::string_view path) {
    return path == "/" || path == "/.." || path.starts_with("/../");
}

// From /proc/PID/cgroup, "0::/path" or "4:memory:/path" a line: the first that is not at the root
// of its hierarchy, v1 ones with their controllers. Empty when there is none.
std::string innermost_cgroup(std::string_view lines) {
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
        const std::string_view group = line.substr(std::min(line.find(':'), line.size() - 1) + 1);
        if (is_root_or_outside(group.substr(std::min(group.find(':'), group.size() - 1) + 1)))
            continue;
        return std::string(group.starts_with(':') ? group.substr(1) : group);
    }
    return {};
}

}  // namespace

void Processes::add(const format::ProcessRecord& record) {
    Entry& known = program({record.task.pid, record.task.start_ns}, record.exec_id, record.time_ns);
    // A snapshot of the same program was taken later, but may stand before the record.
    known.since_ns = std::min(known.since_ns, record.time_ns);
    Process process = *shelf_.at(known.number);
    process.comm = record.task.comm;
    if (record.pid_namespace != 0) {
        process.identity = {.uid = record.uid,
                            .namespace_pid = record.namespace_pid,
                            .pid_namespace = record.pid_namespace,
                            .mount_namespace = record.mount_namespace,
                            .user_namespace = record.user_namespace,
                            .network_namespace = record.network_namespace};
    }
    // A snapshot may stand before the record, and knows more where this is the root.
    const std::string cgroup = format::cgroup_path(record.cgroup_names);
    if (process.cgroup.empty() || cgroup.size() > 1) process.cgroup = cgroup;
    process.environment_kept = record.environment_kept;
    known.arguments_size = record.arguments_size;
    known.environment_size = record.environment_size;
    const bool is_all_of_title = record.environment_kept == format::EnvironmentKept::whole ||
                                 !is_title_open(record.arguments);
    if (record.arguments.size() == record.arguments_size && is_all_of_title) {
        process.arguments = arguments_of(record);
        known.arguments = Source::kernel;
    } else if (!record.arguments.empty() && known.arguments < Source::kernel_cut) {
        process.arguments = record.arguments;
        known.arguments = Source::kernel_cut;
    }
    if (record.environment_kept == format::EnvironmentKept::none) {
        known.environment = Source::kernel;
    } else if (record.environment.size() == record.environment_size) {
        process.environment = record.environment;
        known.environment = Source::kernel;
    } else if (!record.environment.empty() && known.environment < Source::kernel_cut) {
        process.environment = whole_entries(record.environment);
        known.environment = Source::kernel_cut;
    }
    replace(known, std::move(process));
}

void Processes::add(const format::Snapshot& snapshot) {
    Entry& known = program({snapshot.pid, snapshot.start_ns}, snapshot.exec_id, snapshot.time_ns);
    Process process = *shelf_.at(known.number);
    if (!snapshot.executable.empty()) process.executable = snapshot.executable;
    if (process.cgroup.empty() || process.cgroup == "/") {
        const std::string group = innermost_cgroup(snapshot.cgroups);
        if (!group.empty()) process.cgroup = group;
    }
    if (snapshot.has_arguments && known.arguments < Source::kernel) {
        process.arguments = snapshot.arguments;
        known.arguments = Source::snapshot;
    }
    if (snapshot.has_environment && known.environment < Source::kernel) {
        process.environment = whole_entries(snapshot.environment);
        known.environment = Source::snapshot;
    }
    known.snapshot_error = snapshot.error;
    replace(known, std::move(process));
}

Processes::Known Processes::of(const Origin& origin) {
    const format::ProcessId id{origin.pid, origin.process_start_ns};
    Programs& programs = programs_[id];
    if (programs.empty()) add_program(programs, id);
    Entry* current = &programs.front();
    for (Entry& entry : programs) {
        if (entry.since_ns <= origin.time_ns) current = &entry;
    }
    Known known{current->number, shelf_.at(current->number)};
    if (known.process->comm.empty() && !origin.comm.empty()) {
        Process named = *known.process;
        named.comm = origin.comm;
        replace(*current, std::move(named));
        known.process = shelf_.at(current->number);
    }
    return known;
}

Processes::Entry& Processes::add_program(Programs& programs, const format::ProcessId& id) {
    Entry& entry = programs.emplace_back();
    Process process;
    process.pid = id.pid;
    process.start_ns = id.start_ns;
    explain_missing(entry, process);
    entry.number = shelf_.add(std::move(process));
    return entry;
}

Processes::Entry& Processes::program(const format::ProcessId& id, std::uint64_t exec_id,
                                     std::uint64_t time_ns) {
    Programs& programs = programs_[id];
    for (Entry& entry : programs) {
        if (!entry.exec_id) entry.exec_id = exec_id;
        if (*entry.exec_id == exec_id) return entry;
    }
    Entry& entry = add_program(programs, id);
    entry.exec_id = exec_id;
    entry.since_ns = time_ns;
    return entry;
}

// Why the environment, or a part of it or of the command line, is not there.
void Processes::explain_missing(const Entry& entry, Process& process) {
    process.error.clear();
    if (process.environment_kept == format::EnvironmentKept::none) {
        process.error = "the environment was left out of the capture (--no-env)";
    } else if (entry.environment == Source::none && entry.environment_size == 0) {
        process.error = "the capture has no environment of this process";
    } else if (entry.environment < Source::snapshot) {
        const std::size_t have = process.environment ? process.environment->size() : 0;
        process.error = process.environment_kept == format::EnvironmentKept::by_prefix
                            ? cut_end_note("environment", entry.environment_size - have)
                            : cut_note("environment", have, entry.environment_size);
    } else if (entry.environment == Source::snapshot || entry.arguments == Source::snapshot) {
        process.error = entry.snapshot_error;  // that it was cut, for example
    }
    if (has_title_in_environment(process, entry.arguments_size)) {
        append_sentence(process.error, "the process wrote over its environment (setproctitle)");
    }
    if (entry.arguments == Source::kernel_cut) {
        append_sentence(process.error,
                        cut_note("command line", process.arguments->size(), entry.arguments_size));
    }
    if (!process.error.empty() && !entry.snapshot_error.empty() &&
        process.error != entry.snapshot_error) {
        append_sentence(process.error, entry.snapshot_error);
    }
}

void Processes::replace(const Entry& entry, Process process) {
    explain_missing(entry, process);
    if (!with_environments_) process.environment.reset();
    shelf_.replace(entry.number, std::move(process));
}

}  // namespace httpprof::replay
