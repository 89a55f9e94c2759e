#include "tools/httpprof/view_options.h"

#include <CLI/CLI.hpp>

#include "replay/decode_stage.h"
#include "replay/filter_stage.h"
#include "replay/redact_stage.h"
#include "tools/httpprof/exit_status.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {

void add_view_options(CLI::App& command, ViewOptions& options) {
    command
        .add_option("--filter", options.filter,
                    "Only events of which this is true, such as 'method == \"POST\" && status >= "
                    "500 && latency > 200ms'; README.md has the language")
        ->type_name("EXPR");
    command.add_option("--side", options.side, "Only events as this end of a connection saw them")
        ->check(CLI::IsMember({"client", "server", "both"}))
        ->capture_default_str();
    command.add_flag("--redact", options.redact,
                     "Overwrite secrets by X: passwords, cookies, tokens, variables");
}

std::variant<ViewStages, int> ViewStages::make(const ViewOptions& options) {
    ViewStages stages;
    if (options.side == "client") stages.add<replay::SideStage>(replay::Side::client);
    if (options.side == "server") stages.add<replay::SideStage>(replay::Side::server);
    stages.add<replay::DecodeStage>();
    if (!options.filter.empty()) {
        auto filter = replay::Filter::parse(options.filter);
        if (const auto* error = std::get_if<replay::FilterError>(&filter)) {
            const auto [problem, filter_text, caret] = replay::error_lines(options.filter, *error);
            report("--filter: %s", problem.c_str());
            report("  %s", filter_text.c_str());
            report("  %s", caret.c_str());
            return kCommandLineIsWrong;
        }
        stages.add<replay::FilterStage>(std::get<replay::Filter>(std::move(filter)));
        stages.join_responses_ = true;
    }
    if (options.redact) stages.add<replay::RedactStage>();
    return stages;
}

std::vector<const replay::EventStage*> ViewStages::pointers() const {
    std::vector<const replay::EventStage*> pointers;
    for (const auto& stage : stages_)
        pointers.push_back(stage.get());
    return pointers;
}

}  // namespace httpprof::cli
