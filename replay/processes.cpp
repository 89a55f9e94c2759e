#include "replay/processes.h"

#include <string_view>

namespace httpprof::replay {
namespace {

// The command line as the kernel's /proc/PID/cmdline has it (Linux 5.3, fs/proc/base.c,
// get_mm_cmdline): when the last byte of the arguments is not NUL, setproctitle(3) wrote over them
// and perhaps on into the environment, up to the first NUL.
std::string command_line(const format::ProcessRecord& record) {
    std::string arguments(record.arguments);
    if (arguments.empty() || arguments.back() == '\0') return arguments;
    arguments += record.environment;
    arguments.resize(std::min(arguments.find('\0'), arguments.size()));
    return arguments;
}

// Without a last entry that may be cut.
std::string_view whole_entries(std::string_view entries) {
    return entries.substr(0, entries.rfind('\0') + 1);
}

std::string cut_text(const char* what, std::size_t have, std::uint32_t size) {
    if (have == 0) {
        return std::string(what) + " of " + std::to_string(size) + " bytes could not be read";
    }
    return std::string(what) + " cut: " + std::to_string(have) + " of " + std::to_string(size) +
           " bytes were read";
}

void append_sentence(std::string& text, const std::string& sentence) {
    if (!text.empty()) text += "; ";
    text += sentence;
}

}  // namespace

void Processes::add(const format::ProcessRecord& record) {
    Entry& known = entry(record.task.pid, record.task.start_ns);
    Process& process = known.process;
    process.comm = record.task.comm;
    known.arguments_size = record.arguments_size;
    known.environment_size = record.environment_size;
    if (record.arguments.size() == record.arguments_size) {
        process.arguments = command_line(record);
        known.arguments = Source::kernel;
    } else if (!record.arguments.empty() && known.arguments < Source::kernel_cut) {
        process.arguments = record.arguments;
        known.arguments = Source::kernel_cut;
    }
    if (record.environment.size() == record.environment_size) {
        process.environment = record.environment;
        known.environment = Source::kernel;
    } else if (!record.environment.empty() && known.environment < Source::kernel_cut) {
        process.environment = whole_entries(record.environment);
        known.environment = Source::kernel_cut;
    }
    set_error(known);
}

void Processes::add(const format::Snapshot& snapshot) {
    Entry& known = entry(snapshot.pid, snapshot.start_ns);
    Process& process = known.process;
    if (!snapshot.executable.empty()) process.executable = snapshot.executable;
    if (snapshot.has_arguments && known.arguments < Source::kernel) {
        process.arguments = snapshot.arguments;
        known.arguments = Source::snapshot;
    }
    if (snapshot.has_environment && known.environment < Source::kernel) {
        process.environment = snapshot.environment;
        known.environment = Source::snapshot;
    }
    known.snapshot_error = snapshot.error;
    set_error(known);
}

const Process& Processes::of(const Origin& origin) {
    Entry& known = entry(origin.pid, origin.process_start_ns);
    if (known.process.comm.empty()) known.process.comm = origin.comm;
    return known.process;
}

Processes::Entry& Processes::entry(std::uint32_t pid, std::uint64_t start_ns) {
    const auto [found, is_new] = entries_.try_emplace({pid, start_ns});
    if (is_new) {
        found->second.process.pid = pid;
        found->second.process.start_ns = start_ns;
        set_error(found->second);
    }
    return found->second;
}

// Says why the environment, or a part of it or of the command line, is missing.
void Processes::set_error(Entry& entry) {
    Process& process = entry.process;
    process.error.clear();
    if (entry.environment == Source::none && entry.environment_size == 0) {
        process.error = "the capture has no environment of this process";
    } else if (entry.environment < Source::snapshot) {
        const std::size_t have = process.environment ? process.environment->size() : 0;
        process.error = cut_text("environment", have, entry.environment_size);
    }
    if (entry.arguments == Source::kernel_cut) {
        append_sentence(process.error,
                        cut_text("command line", process.arguments->size(), entry.arguments_size));
    }
    if (!process.error.empty() && !entry.snapshot_error.empty()) {
        append_sentence(process.error, entry.snapshot_error);
    }
}

}  // namespace httpprof::replay
