#include "tools/httpprof/export_pcapng.h"

#include <map>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "replay/emit/pcapng/pcapng.h"
#include "tools/httpprof/export_events.h"

namespace httpprof::cli {
namespace {

using replay::PcapngSides;

const std::map<std::string, PcapngSides> kSides = {{"one", PcapngSides::one},
                                                   {"client", PcapngSides::client},
                                                   {"server", PcapngSides::server},
                                                   {"both", PcapngSides::both}};

const char* const kPcapngNotes =
    "Every byte of the connections is in it, secrets too: httpprof redact first, to share it.\n"
    "Bytes that the capture does not have are jumped over, or packets are shorter than they were. "
    "Of a\n"
    "message that is not whole, or whose lengths differ, the first packet lacks its last byte, and "
    "so\n"
    "does a line without end before a message: tshark would wait for the rest, and not list the\n"
    "message.\n"
    "With --side both, a local connection is there twice, and tshark takes one for the other.";

struct PcapngOptions {
    ExportOptions common;
    std::string sides = "one";
};

}  // namespace

void add_export_pcapng(CLI::App& command, int& exit_status) {
    auto options = std::make_shared<PcapngOptions>();
    add_input_options(command, options->common.events);
    command
        .add_option("--side", options->sides,
                    "Connections as this end saw them; one: each once, also where both ends are in "
                    "the capture, as the end that spoke first saw it")
        ->check(CLI::IsMember({"one", "client", "server", "both"}))
        ->capture_default_str();
    add_output_option(command, options->common);
    command.footer(kPcapngNotes);
    command.callback([options, &exit_status] {
        exit_status = run_export(options->common, [&](replay::Output& output, const EventRun&) {
            return std::make_unique<replay::PcapngEmitter>(output, kSides.at(options->sides));
        });
    });
}

}  // namespace httpprof::cli
