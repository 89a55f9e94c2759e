// What the exports that are made of events have in common.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "replay/emit/emitter.h"
#include "replay/emit/output.h"
#include "tools/httpprof/event_options.h"

namespace CLI {
class App;
}

namespace httpprof::cli {

struct ExportOptions {
    EventOptions events;
    std::string output = "-";
    bool join_responses = false;  // as of Emission
};

// Adds the options of events and -o. `options` must live as long as `command`.
void add_export_options(CLI::App& command, ExportOptions& options);

// Adds only -o.
void add_output_option(CLI::App& command, ExportOptions& options);

using MakeEmitter =
    std::function<std::unique_ptr<replay::Emitter>(replay::Output& output, const EventRun& run)>;

// Reads the captures and gives their events to the emitter, which writes to the output; the exit
// status.
int run_export(const ExportOptions& options, const MakeEmitter& make_emitter);

// The same, to an emitter that does not write to the output.
int run_export(const ExportOptions& options, replay::Emitter& emitter);

}  // namespace httpprof::cli
