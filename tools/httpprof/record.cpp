#include "tools/httpprof/record.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "format/keys.h"
#include "format/output_file.h"
#include "record/host.h"
#include "record/process_snapshot.h"
#include "record/recorder.h"
#include "tools/httpprof/check.h"
#include "tools/httpprof/number_checks.h"
#include "tools/httpprof/recording_options.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

constexpr const char* kRecordNotes =
    "Several values of one filter are alternatives; different filters apply together. They are\n"
    "applied in the kernel.\n"
    "\n"
    "What is held at a time: the rings (--ring-size) in the kernel; 13 MiB of records that wait\n"
    "for the writer, and 1 MiB more of what describes processes when it takes none; frames of\n"
    "4 MiB or half a second; 4,096 processes that /proc is still to be read for, 128 KiB of\n"
    "environment and 32 KiB of command line each; 65,536 connections and as many processes in\n"
    "the kernel's tables; 1,365 buffers of one call. What is beyond is not recorded, and\n"
    "counted. Resident memory stays below the rings and 64 MiB; rotation remembers 16 MiB of\n"
    "processes beside that, and above --zstd-level 8, zstd takes up to 64 MiB more. A memory\n"
    "limit of the cgroup has to leave 40 MiB more for the kernel's tables.\n\n"
    "It takes root, or the capabilities bpf, perfmon, sys_ptrace and dac_read_search, and\n"
    "sys_admin where sysctl kernel.perf_event_paranoid is above 2 or tracefs is not mounted.\n"
    "Once attached, it keeps only sys_ptrace, kill with a COMMAND, what it takes to name the\n"
    "capture in a folder that is not its own (dac_override or fowner), and bpf where the\n"
    "kernel wants it (5.15).";

struct RecordArguments {
    record::Options options;
    bool check = false;
    RecordingArguments recording{options};
    double rotate_time = 0;  // seconds
    std::string sign_key;    // path
    std::vector<std::string> encrypt_to;
};

std::string output_name(const record::Options& options) {
    return options.output == "-" ? "standard output" : options.output;
}

void report_recording(const record::Options& options, const record::Summary& summary) {
    const format::Stats& stats = summary.stats;
    report("%s after %.1f s: %s (%s) of %s in %s (%s)", summary.reason.c_str(), summary.seconds,
           count_text(stats.recorded, "record", "records").c_str(),
           size_text(stats.recorded_bytes).c_str(),
           count_text(summary.processes, "process", "processes").c_str(),
           output_name(options).c_str(), size_text(summary.capture_size).c_str());
    report_recording_losses(summary);
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
    if (format::is_stream(options.output))
        return output_name(options) + " cannot be rotated; name a file with -o";
    if (options.overwrite) return "--force does not go with rotation: a segment replaces no file";
    if (rotation.max_size != 0 && rotation.max_size < rotation.size)
        return "--max-size is less than --rotate-size";
    return {};
}

Result<void> read_keys(const RecordArguments& arguments, format::WriteOptions& options) {
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

// Else no segment could be removed in time; with less than two none but the open one could be kept.
constexpr std::uint64_t kSegmentsOfMaxSize = 4;
constexpr std::uint64_t kLeastSegmentsOfMaxSize = 2;

void fit_segments_to_max_size(record::Rotation& rotation) {
    if (!rotation.rotates() || rotation.max_size == 0) return;
    if (rotation.size == 0) rotation.size = rotation.max_size / kSegmentsOfMaxSize;
    rotation.size = std::min(rotation.size, rotation.max_size / kLeastSegmentsOfMaxSize);
}

int run_record(RecordArguments& arguments) {
    record::Options& options = arguments.options;
    if (arguments.check) return run_check();
    if (options.output.empty()) options.output = record::default_output_name();
    if (const auto named = format::descriptor_named(options.output)) {
        // Soon it may be one of the recorder's own.
        if (::fcntl(*named, F_GETFD) < 0)
            return fail(format::system_error("cannot write " + options.output, errno));
        if (*named == STDOUT_FILENO) options.output = "-";
    }
    options.rotation.time = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(arguments.rotate_time));
    if (const std::string problem = conflict(options); !problem.empty())
        return fail_command_line(problem);
    fit_segments_to_max_size(options.rotation);
    options.command_writes_to_errors = options.output == "-";
    if (auto keys = read_keys(arguments, options.write); !keys) return fail(keys.error());
    finish_recording_options(arguments.recording);
    const Result<record::Summary> summary =
        record::record(options, {.on_ready =
                                     [&](const std::string& why_unfiltered) {
                                         report_unfiltered(why_unfiltered);
                                         report_small_ring(options);
                                         report("recording to %s", output_name(options).c_str());
                                     },
                                 .on_notice = report_notice});
    if (!summary) return fail(summary.error());
    report_recording(options, *summary);
    return summary->command_status.value_or(0);
}

CLI::Option* add_size(CLI::App& command, const char* name, std::uint64_t& bytes, const char* help) {
    return command.add_option(name, bytes, help)
        ->transform(as_size())
        ->check(more_than_zero())
        ->type_name("SIZE");
}

void add_rotation(CLI::App& command, RecordArguments& arguments) {
    record::Rotation& rotation = arguments.options.rotation;
    add_size(command, "--rotate-size", rotation.size,
             "Go on in a next file when one has this size: 100MiB; x.httpprof becomes "
             "x.000000.httpprof and so on");
    add_time(command, "--rotate-time", arguments.rotate_time,
             "Go on in a next file with the first record after this time: 1h");
    command
        .add_option("--max-segments", rotation.max_segments,
                    "Keep no more files than this, the newest")
        ->transform(whole_number(1));
    add_size(command, "--max-size", rotation.max_size,
             "Keep no more bytes than this: with rotation the newest files, none larger than half "
             "of it, else the recording ends");
}

void add_options(CLI::App& command, RecordArguments& arguments) {
    record::Options& options = arguments.options;
    command
        .add_option("-o,--output", options.output,
                    "Write the capture to this file; - is standard output")
        ->type_name("FILE")
        ->default_str("httpprof-HOST-TIME.httpprof");
    command.add_flag("-f,--force", options.overwrite, "Replace an existing file");
    command.add_flag("--check", arguments.check,
                     "Say what this host supports and what it lacks, and record nothing");
    add_rotation(command, arguments);
    command
        .add_option("--sign-key", arguments.sign_key,
                    "Sign each segment with this secret key (httpprof keygen)")
        ->type_name("FILE");
    command
        .add_option("--encrypt-to", arguments.encrypt_to,
                    "Encrypt the capture for the owner of this public key, a file or the key "
                    "itself; may be repeated")
        ->type_name("KEY")
        ->allow_extra_args(false);
    add_recording_options(command, arguments.recording);
    command
        .add_option("--zstd-level", options.write.zstd_level, "Compression, 1 (fast) to 19 (small)")
        ->transform(whole_number(1, 19))
        ->capture_default_str();
}

}  // namespace

void add_record(CLI::App& app, int argc, char** argv, int& exit_status) {
    CLI::App* command = app.add_subcommand("record", "Record live HTTP traffic into a capture");
    auto arguments = std::make_shared<RecordArguments>();
    arguments->options.command_line.assign(argv, argv + argc);
    add_options(*command, *arguments);
    command->footer(kRecordNotes);
    command->callback([arguments, &exit_status] { exit_status = run_record(*arguments); });
}

}  // namespace httpprof::cli
