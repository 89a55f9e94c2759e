// Keeps the events that a filter is true of, or those of one side.
#pragma once

#include "replay/event_pipeline.h"
#include "replay/filter/filter.h"

namespace httpprof::replay {

// Comes behind decoding, since a filter can ask for the body.
class FilterStage final : public EventStage {
  public:
    explicit FilterStage(Filter filter) : filter_(std::move(filter)) {}
    Result<bool> apply(Event& event) const override;

  private:
    const Filter filter_;
};

class SideStage final : public EventStage {
  public:
    explicit SideStage(Side side) : side_(side) {}
    Result<bool> apply(Event& event) const override { return side_of(event) == side_; }

  private:
    const Side side_;
};

}  // namespace httpprof::replay
