// The output of `analyze --summary`: README.md, "Summary", describes it.
#pragma once

#include <string>

#include "replay/analyzer.h"
#include "replay/emit/emitter.h"
#include "replay/traffic.h"

namespace httpprof::replay {

// Adds up the events that are shown.
class TrafficEmitter final : public Emitter {
  public:
    bool wants_environments() const override { return false; }
    Result<void> event(const Event& event) override {
        traffic_.add(event);
        return {};
    }
    Result<void> finish() override { return {}; }

    const Traffic& traffic() const { return traffic_; }

  private:
    Traffic traffic_;
};

// One JSON object, indented, with an end of line.
std::string summary_json(const Traffic& traffic, const Summary& summary);

}  // namespace httpprof::replay
