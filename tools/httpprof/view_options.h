// The options of every command that shows events: which, and how.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "replay/event_pipeline.h"

namespace CLI {
class App;
}

namespace httpprof::cli {

struct ViewOptions {
    std::string filter;  // empty: none
    std::string side = "both";
    bool redact = false;
};

// Adds --filter, --side and --redact. `options` must live as long as `command`.
void add_view_options(CLI::App& command, ViewOptions& options);

// What is done to the events on their way to the outputs.
class ViewStages {
  public:
    // The exit status instead, after the problem was reported.
    static std::variant<ViewStages, int> make(const ViewOptions& options);

    std::vector<const replay::EventStage*> pointers() const;
    // They ask requests for their answers.
    bool join_responses() const { return join_responses_; }

  private:
    template <typename Stage, typename... Arguments>
    void add(Arguments&&... arguments) {
        stages_.push_back(std::make_unique<Stage>(std::forward<Arguments>(arguments)...));
    }

    std::vector<std::unique_ptr<replay::EventStage>> stages_;
    bool join_responses_ = false;
};

}  // namespace httpprof::cli
