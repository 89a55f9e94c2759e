#include "tools/httpprof/report_page.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "replay/emit/report/report_emitter.h"
#include "tools/httpprof/export_events.h"
#include "tools/httpprof/number_checks.h"

namespace httpprof::cli {
namespace {

struct ReportArguments {
    ExportOptions common;
    replay::ReportOptions report;
};

// What makes the report show less than there is.
std::vector<std::string> notes_on(const ViewOptions& view) {
    std::vector<std::string> notes;
    // What is asked for may be a secret.
    if (!view.filter.empty())
        notes.push_back(view.redact ? "only events that were asked for"
                                    : "only events of which this is true: " + view.filter);
    if (view.side != "both") notes.push_back("only the " + view.side + "'s end of connections");
    return notes;
}

int run_report(const ReportArguments& arguments) {
    replay::ReportOptions options = arguments.report;
    options.files = arguments.common.events.inputs;
    std::ranges::replace(options.files, "-", "standard input");
    options.notes = notes_on(arguments.common.events.view);
    return run_export(arguments.common, [&](replay::Output& output, const EventRun& run) {
        std::ranges::copy(run.notes(), std::back_inserter(options.notes));
        return std::make_unique<replay::ReportEmitter>(output, options);
    });
}

}  // namespace

void add_report(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand(
        "report", "Show captures as one page (HTML) that a browser opens without a network");
    auto arguments = std::make_shared<ReportArguments>();
    add_export_options(*command, arguments->common);
    command->get_option("--output")->required();
    command
        ->add_option("--max-body", arguments->report.max_body,
                     "Bytes of a body, and of the raw payload behind its header section, that the "
                     "page has")
        ->transform(as_size())
        ->type_name("SIZE")
        ->capture_default_str();
    command
        ->add_option("--max-exchanges", arguments->report.max_exchanges,
                     "The first of these that the page has; the others are counted")
        ->transform(whole_number(0))
        ->capture_default_str();
    command->callback([arguments, &exit_status] { exit_status = run_report(*arguments); });
}

}  // namespace httpprof::cli
