#include "tools/httpprof/export.h"

#include <map>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "replay/emit/csv.h"
#include "replay/emit/har/har_emitter.h"
#include "replay/emit/service_map.h"
#include "tools/httpprof/export_events.h"
#include "tools/httpprof/export_otlp.h"
#include "tools/httpprof/export_pcapng.h"

namespace httpprof::cli {
namespace {

// A format whose emitter needs nothing but the output.
template <typename Emitter>
void add_plain(CLI::App& command, int& exit_status) {
    auto options = std::make_shared<ExportOptions>();
    add_export_options(command, *options);
    command.callback([options, &exit_status] {
        exit_status = run_export(*options, [](replay::Output& output, const EventRun&) {
            return std::make_unique<Emitter>(output);
        });
    });
}

void add_service_map(CLI::App& command, int& exit_status) {
    using Form = replay::ServiceMapFormat;
    static const std::map<std::string, Form> kForms = {
        {"yaml", Form::yaml}, {"json", Form::json}, {"dot", Form::dot}, {"mermaid", Form::mermaid}};
    struct Options {
        ExportOptions common;
        std::string form = "yaml";
    };
    auto options = std::make_shared<Options>();
    options->common.join_responses = true;  // or unanswered requests are not known
    add_export_options(command, options->common);
    command.add_option("--format", options->form, "The form of the map; dot is for Graphviz")
        ->check(CLI::IsMember({"yaml", "json", "dot", "mermaid"}))
        ->capture_default_str();
    command.callback([options, &exit_status] {
        exit_status = run_export(options->common, [&](replay::Output& output, const EventRun&) {
            return std::make_unique<replay::ServiceMapEmitter>(output, kForms.at(options->form));
        });
    });
}

struct Format {
    const char* name;
    const char* help;
    // Adds its options, and what it does when it was called.
    void (*add)(CLI::App& command, int& exit_status);
};

constexpr Format kFormats[] = {
    {"csv", "Exchanges as a table (RFC 4180), for DuckDB, pandas and spreadsheets",
     add_plain<replay::CsvEmitter>},
    {"har", "HTTP Archive (HAR 1.2), for the developer tools of browsers",
     add_plain<replay::HarEmitter>},
    {"service-map", "Who calls whom: counts, errors, unanswered requests and latencies by route",
     add_service_map},
    {"pcapng", "Packets, for Wireshark and tshark", add_export_pcapng},
    {"otlp", "OpenTelemetry traces (OTLP/JSON), to a file or to a collector", add_export_otlp},
};

}  // namespace

void add_export(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand("export", "Turn captures into what other tools read");
    command->require_subcommand(1);
    for (const Format& format : kFormats)
        format.add(*command->add_subcommand(format.name, format.help), exit_status);
}

}  // namespace httpprof::cli
