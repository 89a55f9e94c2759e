#include "tools/httpprof/record.h"

#include <bit>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <pwd.h>

#include "format/keys.h"
#include "record/host.h"
#include "record/process_snapshot.h"
#include "record/recorder.h"
#include "tools/httpprof/check.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

constexpr int kCommandLineIsWrong = 2;

constexpr const char* kBounds =
    "Several values of one filter are alternatives; different filters apply together. They are\n"
    "applied in the kernel.\n"
    "\n"
    "What is held at a time: the ring (--ring-size) in the kernel; 13 MiB of records that wait "
    "for\n"
    "the writer; frames of 4 MiB or half a second; 4,096 processes that /proc is still to be read\n"
    "for, 128 KiB of environment and 32 KiB of command line each; 65,536 connections and as many\n"
    "processes in the kernel's tables; 4,096 buffers of one call. Resident memory stays below the\n"
    "ring and 64 MiB. What is beyond is not recorded, and counted.";

struct Arguments {
    record::Options options;
    bool check = false;
    double duration = 0;  // seconds
    bool has_duration = false;
    double rotate_time = 0;  // seconds
    std::string sign_key;    // path
    std::vector<std::string> encrypt_to;
};

std::string check_power_of_two(const std::string& text) {
    const unsigned long long size = std::strtoull(text.c_str(), nullptr, 10);
    if (std::has_single_bit(size) && size >= 4096 && size <= (1ull << 30)) return {};
    return "must be a power of two from 4 KiB to 1 GiB";
}

std::string check_variable(const std::string& text) {
    return text.empty() || text.front() == '=' ? "a variable must have a name" : std::string();
}

void report_counters(const char* what, const std::vector<format::Counter>& counters,
                     const char* singular, const char* plural) {
    for (const format::Counter& counter : counters)
        report("%s: %s: %s, %s", what, counter.cause.c_str(),
               count_text(counter.records, singular, plural).c_str(),
               size_text(counter.bytes).c_str());
}

std::string output_name(const record::Options& options) {
    return options.output == "-" ? "standard output" : options.output;
}

// The last one is no matter of bytes: /proc could not complete what is known of a process.
void report_missing(const std::vector<format::Counter>& missing) {
    std::vector<format::Counter> by_length;
    for (const format::Counter& counter : missing) {
        if (counter.cause == record::kSnapshotFailed)
            report("incomplete: what /proc says of %s",
                   count_text(counter.records, "process", "processes").c_str());
        else
            by_length.push_back(counter);
    }
    report_counters("known by length only", by_length, "record", "records");
}

void report_summary(const record::Options& options, const record::Summary& summary) {
    const format::Stats& stats = summary.stats;
    report("%s after %.1f s: %s (%s) of %s in %s (%s)", summary.reason.c_str(), summary.seconds,
           count_text(stats.recorded, "record", "records").c_str(),
           size_text(stats.recorded_bytes).c_str(),
           count_text(summary.processes, "process", "processes").c_str(),
           output_name(options).c_str(), size_text(summary.capture_size).c_str());
    if (stats.lost.empty()) report("lost: nothing");
    if (summary.io_uring_processes > 0)
        report("not recorded: what %s moved with io_uring",
               count_text(summary.io_uring_processes, "process", "processes").c_str());
    report_counters("lost", stats.lost, "record", "records");
    report_missing(stats.missing);
    report_counters("left out", stats.left_out, "call", "calls");
    if (options.rotation.rotates())
        report("%s, %" PRIu32 " removed",
               count_text(summary.segments, "segment", "segments").c_str(),
               summary.removed_segments);
    report("last digest %s", format::to_hex(summary.last_digest).c_str());
}

// What is wrong with the options taken together, or nothing.
std::string conflict(const record::Options& options) {
    const record::Rotation& rotation = options.rotation;
    if (!rotation.rotates()) {
        if (rotation.max_segments != 0)
            return "--max-segments needs --rotate-size or --rotate-time";
        return {};
    }
    if (options.output == "-") return "standard output cannot be rotated; name a file with -o";
    if (options.overwrite) return "--force does not go with rotation: a segment replaces no file";
    if (rotation.max_size != 0 && rotation.max_size < rotation.size)
        return "--max-size is less than --rotate-size";
    return {};
}

Result<void> read_keys(const Arguments& arguments, format::WriteOptions& options) {
    if (!arguments.sign_key.empty()) {
        auto key = format::read_secret_key(arguments.sign_key);
        if (!key) return key.error();
        options.sign_key = *std::move(key);
    }
    for (const std::string& name : arguments.encrypt_to) {
        auto key = format::read_public_key(name);
        if (!key) return key.error();
        if (options.sign_key && options.sign_key->public_key() == *key)
            return Error{"cannot encrypt to the owner of " + arguments.sign_key +
                         ", with which this host could read the capture; use another key to sign"};
        options.encrypt_to.push_back(*key);
    }
    return {};
}

// Else no segment could be removed in time.
constexpr std::uint64_t kSegmentsOfMaxSize = 4;

int run_record(Arguments& arguments) {
    record::Options& options = arguments.options;
    if (arguments.check) return run_check();
    if (options.output.empty()) options.output = record::default_output_name();
    options.rotation.time = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(arguments.rotate_time));
    if (const std::string problem = conflict(options); !problem.empty()) {
        fail({problem});
        return kCommandLineIsWrong;
    }
    if (options.rotation.rotates() && options.rotation.size == 0)
        options.rotation.size = options.rotation.max_size / kSegmentsOfMaxSize;
    if (auto keys = read_keys(arguments, options.write); !keys) return fail(keys.error());
    if (arguments.has_duration)
        options.duration = std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::duration<double>(arguments.duration));
    const Result<record::Summary> summary =
        record::record(options, [&](const record::Confinement& confinement) {
            if (!confinement.why_unfiltered.empty())
                report("system calls are not filtered: %s", confinement.why_unfiltered.c_str());
            report("recording to %s", output_name(options).c_str());
        });
    if (!summary) return fail(summary.error());
    report_summary(options, *summary);
    return summary->command_status.value_or(0);
}

// An option that may be given several times, and takes a list with commas.
template <typename T>
CLI::Option* add_list(CLI::App& command, const char* name, std::vector<T>& values,
                      const char* help) {
    return command.add_option(name, values, help)->delimiter(',')->expected(1)->take_all();
}

// A user by name or number.
std::string resolve_user(std::string& text) {
    if (const passwd* user = ::getpwnam(text.c_str())) text = std::to_string(user->pw_uid);
    const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? std::string() : "there is no user '" + text + "'";
}

void add_filters(CLI::App& command, record::Options& options) {
    add_list(command, "--port", options.ports, "Only connections with this port at either end")
        ->check(CLI::Range(1, 65535));
    add_list(command, "--pid", options.pids, "Only this process")->check(CLI::PositiveNumber);
    command.add_flag("--follow", options.follow, "And the descendants of --pid")->needs("--pid");
    add_list(command, "--comm", options.comms, "Only processes with this command name");
    add_list(command, "--uid", options.uids, "Only processes of this user (name or number)")
        ->transform(CLI::Validator(resolve_user, "USER"));
    command
        .add_option("--cgroup", options.cgroups,
                    "Only processes in this cgroup (v2) or below: its folder, or its path in "
                    "the hierarchy")
        ->expected(1)
        ->take_all();
    command
        .add_option("--sockets", options.all_sockets,
                    "http: connections from their first HTTP message on; all: every TCP connection "
                    "[http]")
        ->transform(CLI::Transformer(std::map<std::string, bool>{{"http", false}, {"all", true}}));
    command
        .add_option("--env-match", options.environment_match,
                    "Only processes whose environment has NAME, or NAME with one of the values: "
                    "NAME=VALUE,...")
        ->expected(1)
        ->take_all()
        ->check(CLI::Validator(check_variable, "NAME[=VALUE,...]"));
    command
        .add_option("--env-exclude", options.environment_exclude,
                    "Not processes whose environment has NAME, or NAME=VALUE")
        ->expected(1)
        ->take_all()
        ->check(CLI::Validator(check_variable, "NAME[=VALUE]"));
    add_list(command, "--env-prefix", options.environment_prefixes,
             "Of environments keep only variables whose names start like this")
        ->envname("ENV_PREFIX_LIST");
    command.add_flag("--no-env", options.no_environment, "Keep no environment at all");
}

CLI::Option* add_time(CLI::App& command, const char* name, double& seconds, const char* help) {
    return command.add_option(name, seconds, help)
        ->transform(CLI::AsNumberWithUnit(
            std::map<std::string, double>{{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}}))
        ->check(CLI::PositiveNumber);
}

CLI::Option* add_size(CLI::App& command, const char* name, std::uint64_t& bytes, const char* help) {
    return command.add_option(name, bytes, help)
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::PositiveNumber);
}

void add_rotation(CLI::App& command, Arguments& arguments) {
    record::Rotation& rotation = arguments.options.rotation;
    add_size(command, "--rotate-size", rotation.size,
             "Go on in a next file when one has this size: 100MiB; x.httpprof becomes "
             "x.000000.httpprof and so on");
    add_time(command, "--rotate-time", arguments.rotate_time,
             "Go on in a next file after this time: 1h; not without records");
    command
        .add_option("--max-segments", rotation.max_segments,
                    "Keep no more files than this, the newest")
        ->check(CLI::PositiveNumber);
    add_size(command, "--max-size", rotation.max_size,
             "Keep no more bytes than this: with rotation the newest files, else the recording "
             "ends");
}

void add_options(CLI::App& command, Arguments& arguments) {
    record::Options& options = arguments.options;
    command.add_option("-o,--output", options.output,
                       "Write the capture to this file; - is standard output "
                       "[httpprof-HOST-TIME.httpprof]");
    command.add_flag("-f,--force", options.overwrite, "Replace an existing file");
    command.add_flag("--check", arguments.check,
                     "Say what this host supports and what it lacks, and record nothing");
    add_time(command, "--duration", arguments.duration,
             "End after this time: 10, 10s, 500ms, 2m, 1h")
        ->each([&arguments](const std::string&) { arguments.has_duration = true; });
    add_rotation(command, arguments);
    command.add_option("--sign-key", arguments.sign_key,
                       "Sign each segment with this secret key (httpprof keygen)");
    command
        .add_option("--encrypt-to", arguments.encrypt_to,
                    "Encrypt the capture for the owner of this public key, a file or the key "
                    "itself; may be repeated")
        ->expected(1)
        ->take_all();
    add_filters(command, options);
    command
        .add_option("--ring-size", options.ring_size,
                    "Bytes that may wait in the kernel: a power of two")
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Validator(check_power_of_two, "POWER OF TWO"))
        ->capture_default_str();
    command
        .add_option("--snaplen", options.snaplen,
                    "Bytes kept of one system call, at most 1 MiB; of the rest the length")
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Range(1, 1024 * 1024))
        ->capture_default_str();
    command
        .add_option("--zstd-level", options.write.zstd_level, "Compression, 1 (fast) to 19 (small)")
        ->check(CLI::Range(1, 19))
        ->capture_default_str();
    command.add_option("COMMAND", options.command,
                       "After --: run this, record it and its descendants, and return its status");
}

}  // namespace

void add_record(CLI::App& app, int argc, char** argv, int& exit_status) {
    CLI::App* command = app.add_subcommand("record", "Record live HTTP traffic into a capture");
    auto arguments = std::make_shared<Arguments>();
    arguments->options.command_line.assign(argv, argv + argc);
    add_options(*command, *arguments);
    command->footer(kBounds);
    command->callback([arguments, &exit_status] { exit_status = run_record(*arguments); });
}

}  // namespace httpprof::cli
