// Keeps what an analysis says, in order.
#pragma once

#include <string>
#include <vector>

#include "replay/emit/emitter.h"

namespace httpprof::test {

struct CollectedEvent {
    replay::Event event;
    replay::Message message;
    replay::Process process;
};

class CollectingEmitter final : public replay::Emitter {
  public:
    Result<void> event(const replay::Event& event) override {
        events.push_back({event, *event.message, *event.process});
        return {};
    }
    Result<void> flush() override {
        events_at_flush.push_back(events.size());
        return {};
    }
    Result<void> process(const replay::ProcessReport& report) override {
        processes.push_back(*report.process);
        start_times.push_back(report.start_realtime_ns);
        return {};
    }
    Result<void> finish() override {
        ++finished;
        return {};
    }

    std::vector<CollectedEvent> events;
    std::vector<std::size_t> events_at_flush;
    std::vector<replay::Process> processes;
    std::vector<std::int64_t> start_times;
    int finished = 0;
};

}  // namespace httpprof::test
