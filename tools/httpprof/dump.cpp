#include "tools/httpprof/dump.h"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include <CLI/CLI.hpp>

#include "format/reader.h"
#include "replay/emit/dump_hex.h"
#include "replay/emit/dump_json.h"
#include "replay/emit/output.h"
#include "tools/httpprof/capture_options.h"
#include "tools/httpprof/paths.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

struct DumpArguments {
    std::string input;
    std::string output = "-";
    bool hex = false;
    CaptureOptions capture;
};

Result<void> write(const format::Frame& frame, bool hex, replay::Output& output) {
    const auto written = hex ? replay::dump_hex(frame, output) : replay::dump_json(frame, output);
    if (!written) return written;
    // Who reads while the capture is still written sees what is there, about once a second.
    const bool is_live_mark = std::holds_alternative<format::Stats>(frame.content);
    return is_live_mark ? output.flush() : Result<void>();
}

// Counts into `damaged`.
Result<void> dump_all(format::RecordSource& source, bool hex, replay::Output& output,
                      std::uint64_t& damaged) {
    while (true) {
        const auto frame = source.next();
        if (!frame) return frame.error();
        if (!*frame) return {};
        if (std::holds_alternative<format::Damage>((*frame)->content)) ++damaged;
        if (auto written = write(**frame, hex, output); !written) return written;
    }
}

int run_dump(const DumpArguments& arguments) {
    if (const std::string problem = conflict_with_inputs({arguments.input}, arguments.output);
        !problem.empty())
        return fail_command_line(problem);
    auto options = read_options(arguments.capture);
    if (!options) return fail(options.error());
    options->pass_encrypted = true;
    auto source = format::open_capture(arguments.input, *options);
    if (!source) return fail(source.error());
    auto output = replay::Output::open(arguments.output);
    if (!output) return fail(output.error());

    std::uint64_t damaged = 0;
    const Result<void> dumped = dump_all(**source, arguments.hex, *output, damaged);
    // What was read before an error is evidence all the same.
    const Result<void> finished = output->finish();
    if (!dumped) return fail_unless_reader_left(dumped.error());
    if (!finished) return fail_unless_reader_left(finished.error());
    if (damaged > 0) report("damaged: %s", count_text(damaged, "place", "places").c_str());
    return 0;
}

}  // namespace

void add_dump(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand(
        "dump", "Print every record and frame of a capture, undecoded (JSON lines)");
    auto arguments = std::make_shared<DumpArguments>();
    command->add_option("FILE", arguments->input, "The capture; - is standard input")->required();
    command->add_flag("--hex", arguments->hex,
                      "For reading: a summary of each record, and its payload in hexadecimal");
    add_capture_options(*command, arguments->capture);
    command
        ->add_option("-o,--output", arguments->output, "Write to this file; - is standard output")
        ->type_name("FILE")
        ->capture_default_str();
    command->callback([arguments, &exit_status] { exit_status = run_dump(*arguments); });
}

}  // namespace httpprof::cli
