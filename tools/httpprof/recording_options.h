// The options of the commands that record: what, for how long, and in how much memory.
#pragma once

#include <string>
#include <vector>

#include "record/options.h"
#include "record/recorder.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace httpprof::cli {

struct RecordingArguments {
    record::Options& options;
    double duration = 0;  // seconds
    bool has_duration = false;
    std::vector<std::string> prefix_lists = {};
};

// Adds --duration, the filters, --ring-size, --snaplen and COMMAND. `arguments` must live as long
// as `command`.
void add_recording_options(CLI::App& command, RecordingArguments& arguments);

// A time with a unit: 10, 10s, 500ms, 2m, 1h.
CLI::Option* add_time(CLI::App& command, const char* name, double& seconds, const char* help);

// To be called when the command line was read.
void finish_recording_options(RecordingArguments& arguments);

// Warns when --ring-size is less than what any record has room in.
void report_small_ring(const record::Options& options);

// `why`: empty where they are filtered.
void report_unfiltered(const std::string& why);
void report_notice(const std::string& notice);

// What was lost, what is known by length only and what was left out, a line each.
void report_recording_losses(const record::Summary& summary);

}  // namespace httpprof::cli
