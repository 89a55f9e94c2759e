#include "tools/httpprof/event_options.h"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>

#include "format/reader.h"
#include "format/segment_order.h"
#include "replay/decode_stage.h"
#include "replay/filter_stage.h"
#include "replay/redact_stage.h"
#include "tools/httpprof/paths.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

constexpr int kCommandLineIsWrong = 2;

}  // namespace

void add_event_options(CLI::App& command, EventOptions& options) {
    command
        .add_option("FILE", options.inputs,
                    "Captures, read one after the other, segments by their numbers; - is standard "
                    "input")
        ->required();
    command.add_option(
        "--filter", options.filter,
        "Only events of which this is true, such as 'method == \"POST\" && status >= "
        "500 && latency > 200ms'; README.md has the language");
    command.add_option("--side", options.side, "Only events as this end of a connection saw them")
        ->check(CLI::IsMember({"client", "server", "both"}))
        ->capture_default_str();
    command.add_flag("--redact", options.redact,
                     "Overwrite secrets by X: passwords, cookies, tokens, variables");
    add_capture_options(command, options.capture);
}

std::string conflict_with_inputs(const EventOptions& options, const std::string& output) {
    for (const std::string& input : options.inputs) {
        if (input != "-" && is_same_file(input, output))
            return output + " is both input and output";
    }
    if (std::ranges::count(options.inputs, "-") > 1) return "- is named twice as input";
    return {};
}

template <typename Stage, typename... Arguments>
void EventRun::add(Arguments&&... arguments) {
    stages_.push_back(std::make_unique<Stage>(std::forward<Arguments>(arguments)...));
}

std::variant<EventRun, int> EventRun::open(const EventOptions& options) {
    EventRun run;
    if (options.side == "client") run.add<replay::SideStage>(replay::Side::client);
    if (options.side == "server") run.add<replay::SideStage>(replay::Side::server);
    run.add<replay::DecodeStage>();
    if (!options.filter.empty()) {
        auto filter = replay::Filter::parse(options.filter);
        if (const auto* error = std::get_if<replay::FilterError>(&filter)) {
            for (const std::string& line : replay::error_lines(options.filter, *error))
                report("%s", line.c_str());
            return kCommandLineIsWrong;
        }
        run.add<replay::FilterStage>(std::get<replay::Filter>(std::move(filter)));
        run.join_responses_ = true;
    }
    if (options.redact) run.add<replay::RedactStage>();

    const auto reading = read_options(options.capture);
    if (!reading) return fail(reading.error());
    run.reading_ = *reading;
    format::SegmentOrder order = format::in_segment_order(options.inputs);
    run.paths_ = std::move(order.paths);
    run.notes_ = std::move(order.notes);
    auto first = format::open_capture(run.paths_.front(), run.reading_);
    if (!first) return fail(first.error());
    run.first_ = std::move(*first);
    return run;
}

EventRun::Outcome EventRun::give_to(std::vector<replay::Emitter*> emitters) {
    std::vector<const replay::EventStage*> stages;
    for (const auto& stage : stages_)
        stages.push_back(stage.get());
    replay::Analyzer analyzer(
        std::move(emitters),
        {.jobs = reading_.jobs, .stages = std::move(stages), .join_responses = join_responses_});
    const Result<void> read = read_all(analyzer);
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

Result<void> EventRun::read_all(replay::Analyzer& analyzer) {
    if (auto read = analyzer.read(*first_); !read) return read;
    first_.reset();
    for (std::size_t i = 1; i < paths_.size(); ++i) {
        auto source = format::open_capture(paths_[i], reading_);
        if (!source) return source.error();
        if (auto read = analyzer.read(**source); !read) return read;
    }
    return {};
}

}  // namespace httpprof::cli
