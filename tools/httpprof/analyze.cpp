#include "tools/httpprof/analyze.h"

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "format/reader.h"
#include "format/segment_order.h"
#include "replay/analyzer.h"
#include "replay/decode_stage.h"
#include "replay/emit/env_yaml.h"
#include "replay/emit/jsonl.h"
#include "replay/emit/output.h"
#include "replay/filter_stage.h"
#include "replay/redact_stage.h"
#include "tools/httpprof/capture_options.h"
#include "tools/httpprof/paths.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

constexpr int kCommandLineIsWrong = 2;

struct Arguments {
    std::vector<std::string> inputs;
    std::string events = "-";
    std::string environments;  // empty: not written
    std::string prefixes;
    std::string filter;  // empty: none
    std::string side = "both";
    std::vector<std::string> fields;  // empty: all
    std::uint64_t max_body = std::numeric_limits<std::uint64_t>::max();
    bool no_body = false;
    bool no_raw = false;
    bool redact = false;
    CaptureOptions capture;
};

// What is wrong with the paths taken together, or nothing.
std::string conflict(const Arguments& arguments) {
    if (is_same_file(arguments.events, arguments.environments)) {
        return "-o and --env-out both name " +
               (arguments.events == "-" ? "standard output" : arguments.events);
    }
    for (const std::string& input : arguments.inputs) {
        for (const std::string& output : {arguments.events, arguments.environments}) {
            if (input != "-" && is_same_file(input, output)) {
                return output + " is both input and output";
            }
        }
    }
    if (std::ranges::count(arguments.inputs, "-") > 1) return "- is named twice as input";
    return {};
}

// What is wrong with the names of fields, or which they are.
std::variant<std::string, replay::JsonlOptions> jsonl_options(const Arguments& arguments) {
    replay::JsonlOptions options{.max_body = arguments.max_body};
    if (!arguments.fields.empty()) options.fields.reset();
    for (const std::string& name : arguments.fields) {
        const auto field = replay::event_field_named(name);
        if (!field) return "an event has no field " + name;
        options.fields.set(static_cast<std::size_t>(*field));
    }
    if (arguments.no_body) options.fields.reset(static_cast<std::size_t>(replay::EventField::body));
    if (arguments.no_raw) {
        options.fields.reset(static_cast<std::size_t>(replay::EventField::raw_payload));
    }
    return options;
}

// What is done to the events on their way, in this order.
class Stages {
  public:
    explicit Stages(const Arguments& arguments) {
        if (arguments.side == "client") add<replay::SideStage>(replay::Side::client);
        if (arguments.side == "server") add<replay::SideStage>(replay::Side::server);
        add<replay::DecodeStage>();
    }

    template <typename Stage, typename... Arguments>
    void add(Arguments&&... arguments) {
        stages_.push_back(std::make_unique<Stage>(std::forward<Arguments>(arguments)...));
    }
    std::vector<const replay::EventStage*> pointers() const {
        std::vector<const replay::EventStage*> pointers;
        for (const auto& stage : stages_)
            pointers.push_back(stage.get());
        return pointers;
    }

  private:
    std::vector<std::unique_ptr<replay::EventStage>> stages_;
};

// The outputs of one run and what writes to them.
struct Outputs {
    replay::Output events;
    std::optional<replay::Output> environments;
    std::vector<std::unique_ptr<replay::Emitter>> emitters;
};

Result<std::unique_ptr<Outputs>> open_outputs(const Arguments& arguments,
                                              const replay::JsonlOptions& jsonl) {
    auto events = replay::Output::open(arguments.events);
    if (!events) return events.error();
    auto outputs = std::make_unique<Outputs>(Outputs{std::move(*events), std::nullopt, {}});
    outputs->emitters.push_back(std::make_unique<replay::JsonlEmitter>(outputs->events, jsonl));
    if (arguments.environments.empty()) return outputs;

    auto environments = replay::Output::open(arguments.environments);
    if (!environments) return environments.error();
    outputs->environments.emplace(std::move(*environments));
    outputs->emitters.push_back(std::make_unique<replay::EnvYamlEmitter>(
        *outputs->environments, replay::parse_prefix_list(arguments.prefixes)));
    return outputs;
}

using Source = std::unique_ptr<format::RecordSource>;

Result<void> read_all(const std::vector<std::string>& paths, const format::ReadOptions& options,
                      Source first, replay::Analyzer& analyzer) {
    if (auto read = analyzer.read(*first); !read) return read;
    first.reset();
    for (std::size_t i = 1; i < paths.size(); ++i) {
        auto source = format::open_capture(paths[i], options);
        if (!source) return source.error();
        if (auto read = analyzer.read(**source); !read) return read;
    }
    return {};
}

void report_when_not_zero(std::uint64_t count, const char* what) {
    if (count > 0) report("%" PRIu64 " %s", count, what);
}

void report_losses(const replay::Summary& summary) {
    for (const auto& [cause, loss] : summary.lost) {
        report("lost: %s: %s, %s", cause.c_str(),
               count_text(loss.records, "record", "records").c_str(),
               size_text(loss.bytes).c_str());
    }
    for (const auto& [cause, bytes] : summary.tally.missing_bytes) {
        const std::string name(format::to_string(cause));
        report("missing: %s: %s", name.c_str(), size_text(bytes).c_str());
    }
    for (const auto& [pid, comm] : summary.io_uring) {
        report("not recorded: what process %" PRIu32 " (%s) moved with io_uring", pid,
               comm.c_str());
    }
    for (const format::Damage& damage : summary.damage) {
        report("damaged: at byte %" PRIu64 ": %s", damage.offset, damage.what.c_str());
    }
}

void report_left_out(const replay::Summary& summary) {
    const replay::Tally& tally = summary.tally;
    if (tally.not_http_bytes > 0) report("not HTTP: %s", size_text(tally.not_http_bytes).c_str());
    if (tally.opaque_bytes > 0) {
        report("after a change of protocol: %s", size_text(tally.opaque_bytes).c_str());
    }
    for (const auto& [protocol, unparsed] : tally.unparsed) {
        report("%s, not analyzed: %s, %s", protocol.c_str(),
               count_text(unparsed.connections, "connection", "connections").c_str(),
               size_text(unparsed.bytes).c_str());
    }
    if (tally.duplicate_bytes > 0) {
        report("seen twice: %s", size_text(tally.duplicate_bytes).c_str());
    }
}

void report_summary(const replay::Summary& summary) {
    const std::uint64_t found = summary.requests + summary.responses;
    const std::string shown =
        summary.events == found ? std::string() : std::to_string(summary.events) + " of ";
    report("%s%s (%s, %s) of %s on %s", shown.c_str(),
           count_text(found, "event", "events").c_str(),
           count_text(summary.requests, "request", "requests").c_str(),
           count_text(summary.responses, "response", "responses").c_str(),
           count_text(summary.processes, "process", "processes").c_str(),
           count_text(summary.tally.connections, "connection", "connections").c_str());
    report_when_not_zero(summary.requests_without_response, "requests without a response");
    report_when_not_zero(summary.responses_without_request, "responses without their request");
    report_losses(summary);
    report_when_not_zero(summary.malformed_records, "malformed records");
    report_when_not_zero(summary.unknown_frames, "frames of an unknown type passed over");
    report_left_out(summary);
}

// The reader of our events left, for instance head(1): it has all it wanted, so that is no failure
// unless another output stays unfinished.
bool is_only_reader_gone(const Arguments& arguments, const Outputs& outputs) {
    return outputs.events.reader_is_gone() && arguments.environments.empty();
}

int run_analyze(const Arguments& arguments) {
    if (const std::string problem = conflict(arguments); !problem.empty()) {
        fail({problem});
        return kCommandLineIsWrong;
    }
    const auto jsonl = jsonl_options(arguments);
    if (const auto* problem = std::get_if<std::string>(&jsonl)) {
        fail({*problem});
        return kCommandLineIsWrong;
    }
    Stages stages(arguments);
    if (!arguments.filter.empty()) {
        auto filter = replay::Filter::parse(arguments.filter);
        if (const auto* error = std::get_if<replay::FilterError>(&filter)) {
            for (const std::string& line : replay::error_lines(arguments.filter, *error))
                report("%s", line.c_str());
            return kCommandLineIsWrong;
        }
        stages.add<replay::FilterStage>(std::get<replay::Filter>(std::move(filter)));
    }
    if (arguments.redact) stages.add<replay::RedactStage>();
    const auto options = read_options(arguments.capture);
    if (!options) return fail(options.error());
    const format::SegmentOrder order = format::in_segment_order(arguments.inputs);
    auto first = format::open_capture(order.paths.front(), *options);
    if (!first) return fail(first.error());
    auto outputs = open_outputs(arguments, std::get<replay::JsonlOptions>(jsonl));
    if (!outputs) return fail(outputs.error());

    std::vector<replay::Emitter*> emitters;
    for (const auto& emitter : (*outputs)->emitters)
        emitters.push_back(emitter.get());
    replay::Analyzer analyzer(std::move(emitters), {.jobs = options->jobs,
                                                    .stages = stages.pointers(),
                                                    .join_responses = !arguments.filter.empty()});
    const Result<void> read = read_all(order.paths, *options, std::move(*first), analyzer);
    if (is_only_reader_gone(arguments, **outputs)) return 0;

    // What was read before an error is evidence all the same.
    const Result<replay::Summary> summary = analyzer.finish();
    if (is_only_reader_gone(arguments, **outputs)) return 0;
    if (!read) return fail(read.error());
    if (!summary) return fail(summary.error());
    for (const std::string& note : order.notes)
        report("%s", note.c_str());
    report_summary(*summary);
    return 0;
}

}  // namespace

void add_analyze(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand("analyze",
                                           "Turn captures into HTTP events (JSON lines) and "
                                           "environments (YAML)");
    auto arguments = std::make_shared<Arguments>();
    command
        ->add_option("FILE", arguments->inputs,
                     "Captures, read one after the other, segments by their numbers; - is standard "
                     "input")
        ->required();
    command
        ->add_option("-o,--output", arguments->events,
                     "Write the events to this file; - is standard output")
        ->capture_default_str();
    command->add_option("--env-out", arguments->environments,
                        "Write the environments of the processes to this file; - is standard "
                        "output");
    command
        ->add_option("--env-prefix", arguments->prefixes,
                     "Only variables whose name starts with one of these: A_,B_")
        ->envname("ENV_PREFIX_LIST");
    command->add_option("--filter", arguments->filter,
                        "Only events of which this is true, such as 'method == \"POST\" && status "
                        ">= 500 && latency > 200ms'; README.md has the language");
    command
        ->add_option("--side", arguments->side, "Only events as this end of a connection saw them")
        ->check(CLI::IsMember({"client", "server", "both"}))
        ->capture_default_str();
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
        ->transform(CLI::AsSizeValue(false))
        ->type_name("SIZE");
    command->add_flag("--no-body", arguments->no_body, "Without bodies");
    command->add_flag("--no-raw", arguments->no_raw, "Without raw payloads");
    command->add_flag("--redact", arguments->redact,
                      "Overwrite secrets by X: passwords, cookies, tokens, variables");
    add_capture_options(*command, arguments->capture);
    command->callback([arguments, &exit_status] { exit_status = run_analyze(*arguments); });
}

}  // namespace httpprof::cli
