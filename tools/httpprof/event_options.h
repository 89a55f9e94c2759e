// The options of every command that turns captures into events, and the run that they ask for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "format/record_source.h"
#include "format/result.h"
#include "replay/analyzer.h"
#include "tools/httpprof/capture_options.h"
#include "tools/httpprof/view_options.h"

namespace CLI {
class App;
}

namespace httpprof::cli {

struct EventOptions {
    std::vector<std::string> inputs;
    ViewOptions view;
    CaptureOptions capture;
    std::string progress = "auto";
};

// Adds FILE..., --progress and the options of add_view_options and add_capture_options. `options`
// must live as long as `command`.
void add_event_options(CLI::App& command, EventOptions& options);

// The same without those of add_view_options.
void add_input_options(CLI::App& command, EventOptions& options);

// Why the command line is wrong: an input that is also `output`, or named twice.
std::string conflict_with_inputs(const EventOptions& options, const std::string& output);

// What the emitters of a run are like.
struct Emission {
    bool join_responses = false;     // requests say how they were answered, though no filter asks
    bool to_standard_output = true;  // which may be the terminal that shows the progress
    bool live = false;               // everything is given soon, and processes as they appear
};

// The captures, opened, and what is done to their events on the way to the emitters.
class EventRun {
  public:
    // The exit status instead, after the problem was reported.
    static std::variant<EventRun, int> open(const EventOptions& options);

    struct Outcome {
        replay::Summary summary;
        std::optional<Error> error;
    };

    // Gives everything to the emitters. What was read before an error is evidence all the same, and
    // is given too.
    Outcome give_to(std::vector<replay::Emitter*> emitters, const Emission& emission = {});

    // On the order of the captures, for a person.
    const std::vector<std::string>& notes() const { return notes_; }

  private:
    EventRun() = default;
    bool shows_progress(const Emission& emission) const;
    Result<void> read_all(replay::Analyzer& analyzer, bool with_progress);

    std::vector<std::string> paths_;  // in order
    std::vector<format::MissingSegments> missing_segments_;
    std::vector<std::string> notes_;
    format::ReadOptions reading_;
    std::unique_ptr<format::RecordSource> first_;
    ViewStages stages_;
    std::string progress_;
};

}  // namespace httpprof::cli
