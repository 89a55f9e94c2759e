#include "tools/httpprof/analyze.h"

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "replay/completeness.h"
#include "replay/emit/env_yaml.h"
#include "replay/emit/jsonl.h"
#include "replay/emit/output.h"
#include "replay/emit/summary_json.h"
#include "replay/normalize/normalizing_emitter.h"
#include "tools/httpprof/event_options.h"
#include "tools/httpprof/exit_status.h"
#include "tools/httpprof/number_checks.h"
#include "tools/httpprof/paths.h"
#include "tools/httpprof/report.h"
#include "tools/httpprof/summary_text.h"

namespace httpprof::cli {
namespace {

struct AnalyzeArguments {
    EventOptions events;
    std::string output = "-";
    std::string environments;  // empty: not written
    std::vector<std::string> prefix_lists;
    std::vector<std::string> fields;  // empty: all
    std::uint64_t max_body = std::numeric_limits<std::uint64_t>::max();
    bool no_body = false;
    bool no_raw = false;
    bool live = false;
    bool normalize = false;
    replay::NormalizeOptions normalizing;
    std::string summary;  // empty: not written
    bool strict = false;
};

// What is wrong with the paths taken together, or nothing.
std::string conflict(const AnalyzeArguments& arguments) {
    struct Written {
        std::string option;
        std::string path;
    };
    const std::vector<Written> outputs = {{"-o", arguments.output},
                                          {"--env-out", arguments.environments},
                                          {"--summary", arguments.summary}};
    for (auto a = outputs.begin(); a != outputs.end(); ++a) {
        if (a->path.empty()) continue;
        for (auto b = a + 1; b != outputs.end(); ++b) {
            if (!is_same_file(a->path, b->path)) continue;
            return a->option + " and " + b->option + " both name " +
                   (a->path == "-" ? "standard output" : a->path);
        }
        const std::string problem = conflict_with_inputs(arguments.events, a->path);
        if (!problem.empty()) return problem;
    }
    return {};
}

// What is wrong with the names of fields, or which they are.
std::variant<std::string, replay::JsonlOptions> jsonl_options(const AnalyzeArguments& arguments) {
    using replay::EventField;
    replay::JsonlOptions options{.max_body = arguments.max_body};
    const bool names_fields = !arguments.fields.empty();
    if (names_fields) options.fields.reset();
    for (const std::string& name : arguments.fields) {
        const auto field = replay::event_field_named(name);
        if (!field) return "an event has no field " + name;
        options.fields.set(static_cast<std::size_t>(*field));
    }
    const auto leave_out = [&](EventField field) {
        const auto number = static_cast<std::size_t>(field);
        const bool contradicts = names_fields && options.fields[number];
        options.fields.reset(number);
        return contradicts;
    };
    if (arguments.no_body && leave_out(EventField::body))
        return "--no-body leaves out body, which --fields names";
    if (arguments.no_raw && leave_out(EventField::raw_payload))
        return "--no-raw leaves out raw_payload, which --fields names";
    return options;
}

std::vector<replay::Emitter*> pointers_to(
    const std::vector<std::unique_ptr<replay::Emitter>>& emitters) {
    std::vector<replay::Emitter*> pointers;
    for (const auto& emitter : emitters)
        pointers.push_back(emitter.get());
    return pointers;
}

// The outputs of one run and what writes to them.
struct AnalyzeOutputs {
    replay::Output events;
    std::optional<replay::Output> environments = {};
    std::optional<replay::Output> summary = {};
    replay::TrafficEmitter traffic = {};  // for the summary
    std::vector<std::unique_ptr<replay::Emitter>> writers = {};
    std::unique_ptr<replay::NormalizingEmitter> normalizing = {};  // in front of the writers

    std::vector<replay::Emitter*> emitters();
};

std::vector<replay::Emitter*> AnalyzeOutputs::emitters() {
    std::vector<replay::Emitter*> emitters;
    if (normalizing) {
        emitters = {normalizing.get()};
    } else {
        emitters = pointers_to(writers);
    }
    if (summary) emitters.push_back(&traffic);
    return emitters;
}

// Nothing for an empty path.
Result<void> open_output(const std::string& path, std::optional<replay::Output>& output) {
    if (path.empty()) return {};
    auto opened = replay::Output::open(path);
    if (!opened) return opened.error();
    output.emplace(std::move(*opened));
    return {};
}

Result<std::unique_ptr<AnalyzeOutputs>> open_outputs(const AnalyzeArguments& arguments,
                                                     const replay::JsonlOptions& jsonl) {
    auto events = replay::Output::open(arguments.output);
    if (!events) return events.error();
    if (arguments.strict) events->outlive_reader();  // whose exit status is of the whole
    auto outputs = std::make_unique<AnalyzeOutputs>(AnalyzeOutputs{.events = std::move(*events)});
    auto opened = open_output(arguments.environments, outputs->environments);
    if (opened) opened = open_output(arguments.summary, outputs->summary);
    if (!opened) return opened.error();
    outputs->writers.push_back(std::make_unique<replay::JsonlEmitter>(outputs->events, jsonl));
    if (outputs->environments) {
        outputs->writers.push_back(std::make_unique<replay::EnvYamlEmitter>(
            *outputs->environments, replay::parse_prefix_lists(arguments.prefix_lists)));
    }
    if (arguments.normalize) {
        outputs->normalizing = std::make_unique<replay::NormalizingEmitter>(
            pointers_to(outputs->writers), arguments.normalizing);
    }
    return outputs;
}

Result<void> write_summary(const replay::Summary& summary, AnalyzeOutputs& outputs) {
    if (!outputs.summary) return {};
    auto written =
        outputs.summary->write_json(replay::summary_json(outputs.traffic.traffic(), summary));
    return written ? outputs.summary->finish() : written;
}

// Who reads our events may leave, unless another output stays unfinished.
int fail_run(const Error& error, const AnalyzeArguments& arguments) {
    const bool has_other_output = !arguments.environments.empty() || !arguments.summary.empty();
    return has_other_output ? fail(error) : fail_unless_reader_left(error);
}

int run_analyze(const AnalyzeArguments& arguments) {
    if (const std::string problem = conflict(arguments); !problem.empty())
        return fail_command_line(problem);
    const auto jsonl = jsonl_options(arguments);
    if (const auto* problem = std::get_if<std::string>(&jsonl)) return fail_command_line(*problem);
    auto opened = EventRun::open(arguments.events);
    if (const int* status = std::get_if<int>(&opened)) return *status;
    EventRun& run = std::get<EventRun>(opened);
    auto outputs = open_outputs(arguments, std::get<replay::JsonlOptions>(jsonl));
    if (!outputs) return fail(outputs.error());

    const EventRun::Outcome outcome =
        run.give_to((*outputs)->emitters(), {.join_responses = !arguments.summary.empty(),
                                             .to_standard_output = arguments.output == "-",
                                             .live = arguments.live});
    if (outcome.error) return fail_run(*outcome.error, arguments);
    if (auto written = write_summary(outcome.summary, **outputs); !written) {
        return fail(written.error());
    }
    for (const std::string& note : run.notes())
        report("%s", note.c_str());
    report_summary(outcome.summary);
    return arguments.strict && !replay::is_complete(outcome.summary) ? kNotWhole : 0;
}

}  // namespace

void add_analyze(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand("analyze",
                                           "Turn captures into HTTP events (JSON lines) and "
                                           "environments (YAML)");
    auto arguments = std::make_shared<AnalyzeArguments>();
    add_event_options(*command, arguments->events);
    command
        ->add_option("-o,--output", arguments->output,
                     "Write the events to this file; - is standard output")
        ->type_name("FILE")
        ->capture_default_str();
    auto* environments =
        command
            ->add_option(
                "--env-out", arguments->environments,
                "Write the environments of the processes to this file; - is standard output")
            ->type_name("FILE");
    auto* prefixes = command
                         ->add_option("--env-prefix", arguments->prefix_lists,
                                      "Only variables whose name starts with one of these: A_,B_")
                         ->allow_extra_args(false)
                         ->type_name("LIST")
                         ->envname("ENV_PREFIX_LIST");
    // Who has set the variable has set it for all commands.
    if (std::getenv("ENV_PREFIX_LIST") == nullptr) prefixes->needs(environments);
    command
        ->add_option("--fields", arguments->fields,
                     "Only these fields of events, in their own order")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME,...");
    command
        ->add_option("--max-body", arguments->max_body,
                     "Bytes of a body, and of the raw payload behind its header section, that are "
                     "shown")
        ->transform(as_size())
        ->type_name("SIZE");
    command->add_flag("--no-body", arguments->no_body, "Without bodies");
    command->add_flag("--no-raw", arguments->no_raw, "Without raw payloads");
    auto* live = command->add_flag(
        "--live", arguments->live,
        "For a recording that goes on: do not wait for messages that are open, which then come "
        "when they are complete, behind later ones; and write processes as they appear");
    auto* normalize = command->add_flag(
        "--normalize", arguments->normalize,
        "Ordinals in place of pids, ports, times and connections, so that two recordings of the "
        "same exchanges give the same output");
    normalize->excludes(live);
    const auto add_names = [&](const char* name, std::vector<std::string>& names,
                               const char* description) {
        return command->add_option(name, names, description)
            ->delimiter(',')
            ->allow_extra_args(false)
            ->needs(normalize)
            ->type_name("NAME,...");
    };
    add_names("--normalize-header", arguments->normalizing.headers,
              "With --normalize: header fields whose values change, besides Date");
    add_names("--normalize-variable", arguments->normalizing.variables,
              "With --normalize: environment variables whose values change")
        ->needs(environments);
    command
        ->add_option("--summary", arguments->summary,
                     "Write totals, latencies, anomalies and losses to this file, as JSON; - is "
                     "standard output")
        ->type_name("FILE");
    command->add_flag("--strict", arguments->strict,
                      "Exit with status 3 where something was lost, damaged, missing or not "
                      "understood");
    command->callback([arguments, &exit_status] { exit_status = run_analyze(*arguments); });
}

}  // namespace httpprof::cli
