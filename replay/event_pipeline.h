// Carries events from the analyzer to the emitters: what can be done to each event alone is done on
// several threads, what depends on their order in that order.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "format/result.h"
#include "replay/emit/emitter.h"

namespace httpprof::replay {

// What is done to each event before it is emitted. Called on several threads at once.
class EventStage {
  public:
    virtual ~EventStage() = default;
    // Changes the event, whose message is not shared; false leaves it out. What asks for its turn
    // leaves the event as it is.
    virtual Result<bool> apply(Event& event) const = 0;
    // What is done to a process that is reported.
    virtual std::shared_ptr<const Process> show(std::shared_ptr<const Process> process) const {
        return process;
    }
};

class EventPipeline {
  public:
    // What was emitted, and from which processes: their numbers are indexes here.
    struct Emitted {
        std::uint64_t events = 0;
        std::vector<bool> processes;
        std::map<AnomalyKind, std::uint64_t> anomalies;  // messages that have them
    };

    // Emitters and stages must outlive the pipeline. With one job all is done on the caller's
    // thread. `processes_first`: the emitters are given each process before its first event.
    EventPipeline(std::vector<Emitter*> emitters, std::vector<const EventStage*> stages,
                  unsigned jobs, bool processes_first = false);
    EventPipeline(const EventPipeline&) = delete;
    EventPipeline& operator=(const EventPipeline&) = delete;
    ~EventPipeline();  // drops what was not emitted

    // An error may be that of an earlier event. Waits while too much is under way.
    Result<void> add(Event&& event);
    // The emitters are flushed behind the events so far; does not wait for that.
    Result<void> flush();
    // The process as the stages show it.
    std::shared_ptr<const Process> shown(std::shared_ptr<const Process> process) const;
    // Waits until all events are with the emitters.
    Result<Emitted> drain();

  private:
    struct Batch {
        std::vector<Event> events;
        std::size_t bytes = 0;
        bool flush_behind = false;
        std::vector<std::string> texts;  // one for each emitter, of those that are kept
        std::size_t kept = 0;            // of the events: the first ones, which are prepared
        std::size_t decoded = 0;         // bytes of their decoded bodies
        bool is_done = false;
    };

    Result<void> submit();
    Result<void> submit_here(Batch batch);
    static Batch emptied(Batch batch);
    Result<void> prepare(Batch& batch);
    Result<bool> pass(Event& event, Batch& batch);
    Result<void> emit_early(Batch& batch);
    Result<void> await_turn(const Batch& batch);
    Result<void> emit(std::span<const Event> events, const std::vector<std::string>& texts);
    Result<void> emit(const Batch& batch);
    Result<void> emit_processes(const Event& event);
    Result<void> emit_process(ProcessReport report);
    void work();
    void emit_done(std::unique_lock<std::mutex>& lock);
    void keep_error(const Result<void>& result);
    bool has_room(std::size_t bytes) const;

    const std::vector<Emitter*> emitters_;
    const std::vector<const EventStage*> stages_;
    const bool processes_first_;
    Batch next_;  // being filled
    Emitted emitted_;

    std::mutex mutex_;
    std::condition_variable work_;                       // a batch came, or the end
    std::condition_variable room_;                       // a batch left
    std::condition_variable turn_;                       // the same, or the end
    std::vector<std::vector<std::string>> spare_texts_;  // kept for their memory
    std::deque<Batch> batches_;  // in order; references stay good while others come and go
    std::size_t started_ = 0;    // of those, taken up by a thread
    std::size_t bytes_ = 0;      // of all of those
    bool is_emitting_ = false;
    bool stop_ = false;
    std::optional<Error> error_;
    std::vector<std::thread> threads_;
};

}  // namespace httpprof::replay
