#include "tools/httpprof/event_options.h"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "format/reader.h"
#include "format/segment_chain.h"
#include "format/segment_order.h"
#include "tools/httpprof/paths.h"
#include "tools/httpprof/progress.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
void add_event_options(CLI::App& command, EventOptions& options) {
    add_input_options(command, options);
    add_view_options(command, options.view);
}

void add_input_options(CLI::App& command, EventOptions& options) {
    command
        .add_option("FILE", options.inputs,
                    "Captures, read one after the other, segments by their numbers; - is standard "
                    "input")
        ->required();
    add_capture_options(command, options.capture);
    command
        .add_option("--progress", options.progress,
                    "Show how far reading has come, on standard error; auto: on a terminal")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->capture_default_str();
}

std::string conflict_with_inputs(const EventOptions& options, const std::string& output) {
    if (std::ranges::count(options.inputs, "-") > 1) return "- is named twice as input";
    return conflict_with_inputs(options.inputs, output);
}

std::variant<EventRun, int> EventRun::open(const EventOptions& options) {
    auto stages = ViewStages::make(options.view);
    if (const int* status = std::get_if<int>(&stages)) return *status;
    EventRun run;
    run.stages_ = std::get<ViewStages>(std::move(stages));
    const auto reading = read_options(options.capture);
    if (!reading) return fail(reading.error());
    run.reading_ = *reading;
    format::SegmentOrder order = format::in_segment_order(options.inputs);
    run.paths_ = std::move(order.paths);
    run.missing_segments_ = std::move(order.missing);
    run.notes_ = std::move(order.notes);
    auto first = format::open_capture(run.paths_.front(), run.reading_);
    if (!first) return fail(first.error());
    run.first_ = std::move(*first);
    run.progress_ = options.progress;
    return run;
}

EventRun::Outcome EventRun::give_to(std::vector<replay::Emitter*> emitters,
                                    const Emission& emission) {
    replay::Analyzer analyzer(
        std::move(emitters), {.jobs = reading_.jobs,
                              .stages = stages_.pointers(),
                              .join_responses = emission.join_responses || stages_.join_responses(),
                              .live = emission.live,
                              .missing_segments = missing_segments_});
    const Result<void> read = read_all(analyzer, shows_progress(emission));
    const Result<replay::Summary> summary = analyzer.finish();
    Outcome outcome;
    if (summary) outcome.summary = *summary;
    if (!read) {
        outcome.error = read.error();
    } else if (!summary) {
        outcome.error = summary.error();
    }
    return outcome;
}

bool EventRun::shows_progress(const Emission& emission) const {
    if (progress_ != "auto") return progress_ == "always";
    const bool is_in_the_way = emission.to_standard_output && ::isatty(STDOUT_FILENO) == 1;
    return ::isatty(STDERR_FILENO) == 1 && !is_in_the_way;
}

Result<void> EventRun::read_all(replay::Analyzer& analyzer, bool with_progress) {
    Progress progress(total_size(paths_));
    format::SegmentChain chain;
    const auto read = [&](std::unique_ptr<format::RecordSource> source, const std::string& path) {
        source = chain.watch(std::move(source));
        if (with_progress) source = progress.watch(std::move(source));
        return analyzer.read(*source, paths_.size() > 1 ? path : std::string());
    };
    if (auto done = read(std::move(first_), paths_.front()); !done) return done;
    for (std::size_t i = 1; i < paths_.size(); ++i) {
        auto source = format::open_capture(paths_[i], reading_);
        if (!source) return source.error();
        if (auto done = read(std::move(*source), paths_[i]); !done) return done;
    }
    return {};
}

}  // namespace httpprof::cli
