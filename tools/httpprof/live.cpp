#include "tools/httpprof/live.h"

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "format/reader.h"
#include "record/preflight.h"
#include "record/recorder.h"
#include "replay/analyzer.h"
#include "replay/emit/env_yaml.h"
#include "replay/emit/jsonl.h"
#include "replay/emit/output.h"
#include "replay/emit/pretty.h"
#include "tools/httpprof/paths.h"
#include "tools/httpprof/recording_options.h"
#include "tools/httpprof/report.h"
#include "tools/httpprof/summary_text.h"
#include "tools/httpprof/view_options.h"

namespace httpprof::cli {
namespace {

constexpr unsigned kNarrow = 80;  // columns, where the terminal does not say

constexpr const char* kLiveNotes =
    "The recorder and the analyzer in one process: what record and then analyze would say, within\n"
    "a second. An event that takes longer comes when it is complete, behind later ones. Both "
    "files\n"
    "are appended to and flushed, for tail -f. Ends with SIGINT, SIGTERM, SIGHUP (not\n"
    "under nohup), --duration or COMMAND.";

struct LiveArguments {
    record::Options options;
    RecordingArguments recording{options};
    ViewOptions view;
    std::string events = "/var/log/ebpf_http_profiler.log";
    std::string environments = "/var/log/ebpf_http_env.yaml";
    bool pretty = false;
    const CLI::Option* events_option = nullptr;
    const CLI::Option* environments_option = nullptr;
};

unsigned terminal_width() {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : kNarrow;
}

// https://no-color.org: set and not empty.
bool wants_colour() {
    const char* const no_colour = std::getenv("NO_COLOR");
    return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

// What the events are written to.
class LiveOutputs {
  public:
    Result<void> open(const LiveArguments& arguments);
    std::vector<replay::Emitter*> emitters() const;

  private:
    template <typename Emitter, typename... Options>
    Result<void> add(const std::string& path, Options&&... options);

    std::vector<std::unique_ptr<replay::Output>> outputs_;
    std::vector<std::unique_ptr<replay::Emitter>> emitters_;
};

template <typename Emitter, typename... Options>
Result<void> LiveOutputs::add(const std::string& path, Options&&... options) {
    auto output = replay::Output::open(path, replay::Output::Existing::append);
    if (!output) return output.error();
    outputs_.push_back(std::make_unique<replay::Output>(std::move(*output)));
    emitters_.push_back(
        std::make_unique<Emitter>(*outputs_.back(), std::forward<Options>(options)...));
    return {};
}

Result<void> LiveOutputs::open(const LiveArguments& arguments) {
    // Lines for a person stand in place of the files, unless those were asked for.
    if (arguments.pretty) {
        auto added = add<replay::PrettyEmitter>("-", [colour = wants_colour()] {
            return replay::PrettyOptions{terminal_width(), colour};
        });
        if (!added) return added;
    }
    if (!arguments.pretty || arguments.events_option->count() > 0) {
        if (auto added = add<replay::JsonlEmitter>(arguments.events); !added) return added;
    }
    if (arguments.pretty && arguments.environments_option->count() == 0) return {};
    return add<replay::EnvYamlEmitter>(arguments.environments,
                                       arguments.options.environment_prefixes);
}

std::vector<replay::Emitter*> LiveOutputs::emitters() const {
    std::vector<replay::Emitter*> emitters;
    for (const auto& emitter : emitters_)
        emitters.push_back(emitter.get());
    return emitters;
}

// Analyzes what comes through a pipe, on a thread of its own.
class LiveAnalyzer {
  public:
    LiveAnalyzer(std::vector<replay::Emitter*> emitters, const ViewStages& stages,
                 bool join_responses)
        : analyzer_(std::move(emitters),
                    {.stages = stages.pointers(),
                     .join_responses = join_responses || stages.join_responses(),
                     .live = true}) {}

    void start(int descriptor) {
        thread_ = std::thread([this, descriptor] { run(descriptor); });
    }
    // The pipe is closed; waits for the end.
    void join() {
        if (thread_.joinable()) thread_.join();
    }

    const Result<void>& result() const { return result_; }
    const replay::Summary& summary() const { return summary_; }

  private:
    void run(int descriptor);

    replay::Analyzer analyzer_;
    Result<void> result_;
    replay::Summary summary_;
    std::thread thread_;
};

void LiveAnalyzer::run(int descriptor) {
    // When it is closed because of an error here, the recorder ends as well.
    auto source = format::read_capture(descriptor, "the recorder", {});
    result_ = source ? analyzer_.read(**source) : Result<void>(source.error());
    const Result<replay::Summary> finished = analyzer_.finish();
    if (finished) summary_ = *finished;
    if (result_ && !finished) result_ = finished.error();
}

struct Pipe {
    format::Descriptor read;
    format::Descriptor write;
};

Result<Pipe> make_pipe() {
    constexpr int kSize = 1024 * 1024;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return format::system_error("cannot make a pipe", errno);
    // Where that is more than may be had, the usual size does too.
    ::fcntl(ends[1], F_SETPIPE_SZ, kSize);
    return Pipe{format::Descriptor(ends[0]), format::Descriptor(ends[1])};
}

int run_live(LiveArguments& arguments) {
    if (is_same_file(arguments.events, arguments.environments))
        return fail_command_line("the events and the environments both go to " + arguments.events);
    if (arguments.pretty && (arguments.events == "-" || arguments.environments == "-")) {
        return fail_command_line(
            "the lines of --pretty go to -; name files for what is to be written beside them");
    }
    auto made = ViewStages::make(arguments.view);
    if (const int* status = std::get_if<int>(&made)) return *status;
    finish_recording_options(arguments.recording);
    // Before /var/log, which whoever may not record may not write to either.
    if (auto host = record::check_host(); !host) return fail(host.error());
    LiveOutputs outputs;
    if (auto opened = outputs.open(arguments); !opened) return fail(opened.error());
    auto pipe = make_pipe();
    if (!pipe) return fail(pipe.error());

    LiveAnalyzer analyzer(outputs.emitters(), std::get<ViewStages>(made), arguments.pretty);
    arguments.options.live_pipe = pipe->write.release();
    arguments.options.command_writes_to_errors =
        arguments.pretty || arguments.events == "-" || arguments.environments == "-";
    const auto summary = record::record(
        arguments.options, {.on_unprivileged = [&] { analyzer.start(pipe->read.release()); },
                            .on_ready =
                                [&](const std::string& why_unfiltered) {
                                    report_unfiltered(why_unfiltered);
                                    report_small_ring(arguments.options);
                                    report("live; events go to %s", arguments.pretty
                                                                        ? "standard output"
                                                                        : arguments.events.c_str());
                                },
                            .on_notice = report_notice});
    analyzer.join();
    if (!analyzer.result()) {
        const int failed = fail_unless_reader_left(analyzer.result().error());
        return failed == 0 && summary ? summary->command_status.value_or(0) : failed;
    }
    if (!summary) return fail(summary.error());
    report_recording_losses(*summary);
    report_summary(analyzer.summary());
    return summary->command_status.value_or(0);
}

}  // namespace

void add_live(CLI::App& app, int argc, char** argv, int& exit_status) {
    CLI::App* command = app.add_subcommand(
        "live", "Record live HTTP traffic and write its events and environments at once");
    auto arguments = std::make_shared<LiveArguments>();
    arguments->options.command_line.assign(argv, argv + argc);
    arguments->events_option =
        command
            ->add_option("-o,--output", arguments->events,
                         "Append the events to this file, as JSON lines; - is standard output")
            ->type_name("FILE")
            ->envname("OUTPUT_PATH")
            ->capture_default_str();
    arguments->environments_option =
        command
            ->add_option("--env-out", arguments->environments,
                         "Append the environments of the processes to this file, as YAML; - is "
                         "standard output")
            ->type_name("FILE")
            ->envname("ENV_OUTPUT_PATH")
            ->capture_default_str();
    command->add_flag("--pretty", arguments->pretty,
                      "A line for each exchange on standard output, for a terminal; the files are "
                      "only written where an option or variable names them");
    add_view_options(*command, arguments->view);
    add_recording_options(*command, arguments->recording);
    command->footer(kLiveNotes);
    command->callback([arguments, &exit_status] { exit_status = run_live(*arguments); });
}

}  // namespace httpprof::cli
