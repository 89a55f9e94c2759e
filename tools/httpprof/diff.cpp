#include "tools/httpprof/diff.h"

#include <cerrno>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "format/input.h"
#include "format/reader.h"
#include "replay/analyzer.h"
#include "replay/completeness.h"
#include "replay/decode_stage.h"
#include "replay/diff/comparison.h"
#include "replay/diff/diff_json.h"
#include "replay/diff/diff_text.h"
#include "replay/diff/exchange_set.h"
#include "replay/emit/jsonl.h"
#include "replay/emit/output.h"
#include "tools/httpprof/capture_options.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

// Those of diff(1).
constexpr int kDifferent = 1;
constexpr int kTrouble = 2;

constexpr const char* kDiffNotes =
    "A FILE is a capture, or what analyze made of one; - is standard input.\n"
    "What differs between any two runs is not compared: pids, addresses and ports, times, Date.\n"
    "Exit status: 0, no differences; 1, differences; 2, it failed.";

struct DiffArguments {
    std::string a;
    std::string b;
    std::vector<std::string> ignored_headers;
    bool json = false;
    CaptureOptions capture;
};

// Puts the lines that analyze would write into a set.
class SetEmitter final : public replay::Emitter {
  public:
    explicit SetEmitter(replay::ExchangeSet& set) : set_(set) {}

    bool wants_environments() const override { return false; }

    void render(const replay::Event& event, std::string& text) const override {
        replay::append_json_line(event, {}, text);
    }
    Result<void> rendered(std::string_view text) override {
        while (!text.empty()) {
            const std::size_t size = text.find('\n') + 1;
            if (auto added = set_.add_event(text.substr(0, size)); !added) return added;
            text.remove_prefix(size);
        }
        return {};
    }
    Result<void> finish() override { return {}; }

  private:
    replay::ExchangeSet& set_;
};

Result<void> read_capture_into(replay::ExchangeSet& set, format::Input input,
                               const format::ReadOptions& options) {
    const std::string name = input.name();
    auto source = format::read_capture(std::move(input), options);
    if (!source) return source.error();
    SetEmitter emitter(set);
    const replay::DecodeStage decode;
    replay::Analyzer analyzer({&emitter}, {.jobs = options.jobs, .stages = {&decode}});
    if (auto read = analyzer.read(**source); !read) return read;
    const auto summary = analyzer.finish();
    if (!summary) return summary.error();
    if (!replay::is_complete(*summary)) {
        report("%s: not all was recorded, or can be read; see httpprof analyze", name.c_str());
    }
    return {};
}

// The next line without its end; nothing at the end of the input.
Result<std::optional<std::string>> next_line(format::Input& input) {
    constexpr std::size_t kFirstLook = 64 * 1024;
    for (std::size_t size = kFirstLook;; size *= 2) {
        const auto view = input.peek(size);
        if (!view) return view.error();
        const std::string_view text(reinterpret_cast<const char*>(view->data()), view->size());
        const std::size_t end = text.find('\n');
        if (end == text.npos && text.size() == size) continue;
        if (text.empty()) return std::optional<std::string>();
        std::string line(text.substr(0, end));
        input.consume(end == text.npos ? text.size() : end + 1);
        return std::optional(std::move(line));
    }
}

Result<void> read_events_into(replay::ExchangeSet& set, format::Input& input) {
    for (std::size_t number = 1;; ++number) {
        auto line = next_line(input);
        if (!line) return line.error();
        if (!*line) break;
        if (auto added = set.add_event(**line); !added) {
            return Error{input.name() + ": line " + std::to_string(number) + ": " +
                         added.error().message};
        }
    }
    if (set.has_cut_bodies()) {
        report("%s: bodies are cut (analyze --max-body); what was cut off is compared by its size",
               input.name().c_str());
    }
    return {};
}

Result<format::Input> open_input(const std::string& path) {
    if (path == "-") {
        return format::Input(format::Descriptor(::dup(STDIN_FILENO)), "standard input");
    }
    format::Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor.open()) return format::system_error("cannot open " + path, errno);
    return format::Input(std::move(descriptor), path);
}

Result<replay::ExchangeSet> read_set(const std::string& path, const DiffArguments& arguments,
                                     const format::ReadOptions& options) {
    replay::ExchangeSet set(arguments.ignored_headers);
    auto input = open_input(path);
    if (!input) return input.error();
    const auto begin = input->peek(1);
    if (!begin) return begin.error();
    // Nothing at all is what analyze writes of a capture without HTTP. One whose beginning is
    // damaged is a capture, too.
    const bool is_capture = !begin->empty() && begin->front() != std::byte{'{'};
    const auto read = is_capture ? read_capture_into(set, *std::move(input), options)
                                 : read_events_into(set, *input);
    if (!read) return read.error();
    return set;
}

void report_comparison(const replay::Comparison& comparison) {
    const std::size_t both = comparison.equal + comparison.different;
    report("%s in both, %zu of them different; %zu only in the first, %zu only in the second",
           count_text(both, "exchange", "exchanges").c_str(), comparison.different,
           comparison.only_in_a, comparison.only_in_b);
}

int trouble(const Error& error) {
    fail(error);
    return kTrouble;
}

int run_diff(const DiffArguments& arguments) {
    if (arguments.a == "-" && arguments.b == "-") return trouble({"- is named twice as input"});
    const auto options = read_options(arguments.capture);
    if (!options) return trouble(options.error());
    const auto a = read_set(arguments.a, arguments, *options);
    if (!a) return trouble(a.error());
    const auto b = read_set(arguments.b, arguments, *options);
    if (!b) return trouble(b.error());

    const replay::Comparison comparison = replay::compare(*a, *b);
    const int status = comparison.differing.empty() ? 0 : kDifferent;
    auto output = replay::Output::open("-");
    if (!output) return trouble(output.error());
    auto written = arguments.json
                       ? output->write_json(replay::diff_json(comparison))
                       : output->write(replay::diff_text(comparison, arguments.a, arguments.b));
    if (written) written = output->finish();
    if (!written) return written.error().reader_is_gone ? status : trouble(written.error());
    report_comparison(comparison);
    return status;
}

}  // namespace

void add_diff(CLI::App& app, int& exit_status) {
    CLI::App* command =
        app.add_subcommand("diff", "Compare what two runs said, exchange by exchange");
    auto arguments = std::make_shared<DiffArguments>();
    command->add_option("A", arguments->a, "A capture or events")->required();
    command->add_option("B", arguments->b, "The one to compare it with")->required();
    command
        ->add_option("--ignore-header", arguments->ignored_headers,
                     "Header fields of this name are not compared; may be repeated")
        ->allow_extra_args(false)
        ->type_name("NAME");
    command->add_flag("--json", arguments->json, "A JSON line for each exchange that differs");
    add_capture_options(*command, arguments->capture);
    command->footer(kDiffNotes);
    command->callback([arguments, &exit_status] { exit_status = run_diff(*arguments); });
}

}  // namespace httpprof::cli
