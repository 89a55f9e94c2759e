#include "tools/httpprof/export_events.h"

#include <string>
#include <variant>

#include <CLI/CLI.hpp>

#include "tools/httpprof/report.h"
#include "tools/httpprof/summary_text.h"

namespace httpprof::cli {
namespace {

int give_all(EventRun& run, replay::Emitter& emitter, const Emission& emission) {
    const EventRun::Outcome outcome = run.give_to({&emitter}, emission);
    if (outcome.error) return fail_unless_reader_left(*outcome.error);
    for (const std::string& note : run.notes())
        report("%s", note.c_str());
    report_summary(outcome.summary);
    return 0;
}

}  // namespace

void add_export_options(CLI::App& command, ExportOptions& options) {
    add_event_options(command, options.events);
    add_output_option(command, options);
}

void add_output_option(CLI::App& command, ExportOptions& options) {
    command.add_option("-o,--output", options.output, "Write to this file; - is standard output")
        ->type_name("FILE")
        ->capture_default_str();
}

int run_export(const ExportOptions& options, const MakeEmitter& make_emitter) {
    if (const std::string problem = conflict_with_inputs(options.events, options.output);
        !problem.empty())
        return fail_command_line(problem);
    auto opened = EventRun::open(options.events);
    if (const int* status = std::get_if<int>(&opened)) return *status;
    EventRun& run = std::get<EventRun>(opened);
    auto output = replay::Output::open(options.output);
    if (!output) return fail(output.error());

    const auto emitter = make_emitter(*output, run);
    return give_all(
        run, *emitter,
        {.join_responses = options.join_responses, .to_standard_output = options.output == "-"});
}

int run_export(const ExportOptions& options, replay::Emitter& emitter) {
    auto opened = EventRun::open(options.events);
    if (const int* status = std::get_if<int>(&opened)) return *status;
    return give_all(std::get<EventRun>(opened), emitter,
                    {.join_responses = options.join_responses, .to_standard_output = false});
}

}  // namespace httpprof::cli
