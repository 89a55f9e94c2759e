#include "tools/httpprof/recording_options.h"

#include <bit>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <pwd.h>

#include "record/filters.h"
#include "record/process_snapshot.h"
#include "record/segments.h"
#include "replay/emit/env_yaml.h"
#include "tools/httpprof/number_checks.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

std::string check_power_of_two(const std::string& text) {
    const unsigned long long size = std::strtoull(text.c_str(), nullptr, 10);
    if (std::has_single_bit(size) && size >= 4096 && size <= (1ull << 30)) return {};
    return "must be a power of two from 4 KiB to 1 GiB";
}

std::string check_variable(const std::string& text) {
    return text.empty() || text.front() == '=' ? "a variable must have a name" : std::string();
}

std::string check_name(const std::string& name) {
    return name.empty() ? "a name must not be empty" : std::string();
}

void report_counters(const char* what, const std::vector<format::Counter>& counters,
                     const char* singular, const char* plural, const char* no_bytes = "0 bytes") {
    for (const format::Counter& counter : counters)
        report("%s: %s: %s, %s", what, counter.cause.c_str(),
               count_text(counter.records, singular, plural).c_str(),
               counter.bytes == 0 ? no_bytes : size_text(counter.bytes).c_str());
}

// Two are no matter of bytes but of what is known of a process.
void report_missing(const std::vector<format::Counter>& missing) {
    std::vector<format::Counter> by_length;
    for (const format::Counter& counter : missing) {
        if (counter.cause == record::kSnapshotFailed)
            report("incomplete: what /proc says of %s",
                   count_text(counter.records, "process", "processes").c_str());
        else if (counter.cause == record::kNotRepeated)
            report("incomplete: a file does not repeat what is known of a process: %s",
                   count_text(counter.records, "time", "times").c_str());
        else
            by_length.push_back(counter);
    }
    report_counters("known by length only", by_length, "record", "records");
}

// An option that may be given several times, and takes a list with commas.
template <typename T>
CLI::Option* add_list(CLI::App& command, const char* name, std::vector<T>& values,
                      const char* help) {
    return command.add_option(name, values, help)->delimiter(',')->allow_extra_args(false);
}

// A user by name or number.
std::string resolve_user(std::string& text) {
    if (const passwd* user = ::getpwnam(text.c_str())) text = std::to_string(user->pw_uid);
    const bool is_number = whole_number(0)(text).empty();
    return is_number ? std::string() : "there is no user '" + text + "'";
}

// Beyond, times in nanoseconds overflow.
std::string check_time(const std::string& seconds) {
    constexpr double kLongest = 100.0 * 365 * 24 * 3600;
    return std::strtod(seconds.c_str(), nullptr) <= kLongest ? std::string()
                                                             : "at most a hundred years";
}

void add_environment_options(CLI::App& command, RecordingArguments& arguments) {
    auto* prefixes =
        command
            .add_option("--env-prefix", arguments.prefix_lists,
                        "Of environments keep only variables whose names start like this: A_,B_")
            ->allow_extra_args(false)
            ->type_name("LIST")
            ->envname("ENV_PREFIX_LIST");
    auto* none = command.add_flag("--no-env", arguments.options.no_environment,
                                  "Keep no environment at all");
    // Who has set the variable for all commands does not contradict himself.
    if (std::getenv("ENV_PREFIX_LIST") == nullptr) none->excludes(prefixes);
}

void add_filters(CLI::App& command, record::Options& options) {
    add_list(command, "--port", options.ports, "Only connections with this port at either end")
        ->transform(whole_number(1, 65535));
    add_list(command, "--pid", options.pids, "Only this process (a COMMAND is recorded beside it)")
        ->transform(whole_number(1));
    command.add_flag("--follow", options.follow, "And the descendants of --pid")->needs("--pid");
    add_list(command, "--comm", options.comms,
             "Only processes with this command name, of which 15 bytes count")
        ->check(check_name)
        ->type_name("NAME");
    add_list(command, "--uid", options.uids, "Only processes of this user (name or number)")
        ->transform(CLI::Validator(resolve_user, "USER"))
        ->type_name("USER");
    command
        .add_option("--cgroup", options.cgroups,
                    "Only processes in this cgroup (v2) or below: its folder, or its path in "
                    "the hierarchy; also when it is removed and made again")
        ->type_name("PATH")
        ->allow_extra_args(false);
    command
        .add_option_function<std::string>(
            "--sockets",
            [&options](const std::string& which) { options.all_sockets = which == "all"; },
            "http: connections from their first HTTP message on; all: every TCP connection")
        ->check(CLI::IsMember({"http", "all"}))
        ->default_str("http");
    command
        .add_option("--env-match", options.environment_match,
                    "Only processes whose environment has NAME, or NAME with one of the values: "
                    "NAME=VALUE,...")
        ->allow_extra_args(false)
        ->check(CLI::Validator(check_variable, "VARIABLE"))
        ->type_name("NAME[=VALUE,...]");
    command
        .add_option("--env-exclude", options.environment_exclude,
                    "Not processes whose environment has NAME, or NAME=VALUE")
        ->allow_extra_args(false)
        ->check(CLI::Validator(check_variable, "VARIABLE"))
        ->type_name("NAME[=VALUE]");
}

}  // namespace

CLI::Option* add_time(CLI::App& command, const char* name, double& seconds, const char* help) {
    return command.add_option(name, seconds, help)
        ->transform(CLI::AsNumberWithUnit(
            std::map<std::string, double>{{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}}))
        ->check(more_than_zero())
        ->check(CLI::Validator(check_time, "TIME"))
        ->type_name("TIME");
}

void add_recording_options(CLI::App& command, RecordingArguments& arguments) {
    record::Options& options = arguments.options;
    add_time(command, "--duration", arguments.duration,
             "End after this time: 10, 10s, 500ms, 2m, 1h")
        ->each([&arguments](const std::string&) { arguments.has_duration = true; });
    add_filters(command, options);
    add_environment_options(command, arguments);
    command
        .add_option("--ring-size", options.ring_size,
                    "Bytes that may wait in the kernel, in up to four rings, each for some of the "
                    "CPUs: a power of two, of 256 KiB or more to hold any record")
        ->transform(as_size())
        ->check(CLI::Validator(check_power_of_two, "POWER OF TWO"))
        ->type_name("SIZE")
        ->capture_default_str();
    command
        .add_option("--snaplen", options.snaplen,
                    "Bytes kept of one system call, at most 1 MiB; of the rest the length")
        ->transform(as_size())
        ->check(CLI::Range(1, 1024 * 1024))
        ->type_name("SIZE")
        ->capture_default_str();
    command.add_option(
        "COMMAND", options.command,
        "After --: run this, record it and its descendants, and return its status, or 0 "
        "where the recording ends first: it goes on then, not recorded");
}

void finish_recording_options(RecordingArguments& arguments) {
    const std::vector<std::string>& words = arguments.options.command_line;
    // Else everything would be recorded, without end, where a script has an empty variable there.
    if (arguments.options.command.empty() && !words.empty() && words.back() == "--")
        throw CLI::ValidationError("COMMAND", "nothing stands behind --");
    if (const auto filters = record::make_knobs(arguments.options); !filters)
        throw CLI::ValidationError(filters.error().message);
    arguments.options.environment_prefixes = replay::parse_prefix_lists(arguments.prefix_lists);
    if (!arguments.has_duration) return;
    arguments.options.duration = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(arguments.duration));
}

void report_small_ring(const record::Options& options) {
    if (options.ring_size >= record::kRingForAnyRecord) return;
    report(
        "a ring of %s has no room for the larger records (--ring-size %s has): they will be lost",
        size_text(options.ring_size).c_str(), size_text(record::kRingForAnyRecord).c_str());
}

void report_unfiltered(const std::string& why) {
    if (!why.empty()) report("system calls are not filtered: %s", why.c_str());
}

void report_notice(const std::string& notice) {
    report("%s", notice.c_str());
}

void report_recording_losses(const record::Summary& summary) {
    const format::Stats& stats = summary.stats;
    if (stats.lost.empty()) report("lost: nothing");
    if (summary.io_uring_processes > 0)
        report("not recorded: what %s moved with io_uring",
               count_text(summary.io_uring_processes, "process", "processes").c_str());
    report_counters("lost", stats.lost, "record", "records");
    report_missing(stats.missing);
    // Some causes hide the sizes of their calls.
    report_counters("left out", stats.left_out, "call", "calls", "of unknown size");
}

}  // namespace httpprof::cli
