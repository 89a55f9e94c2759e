#include "replay/event_pipeline.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace httpprof::replay {
namespace {

// Enough for a thread not to be woken for little, few enough to be soon done.
constexpr std::size_t kBatchBytes = 256 * 1024;
// Of events that are under way; a longer one goes alone. Their texts take two to three times that.
constexpr std::size_t kMostBytesUnderWay = 4 * 1024 * 1024;
constexpr std::size_t kUsualProcess = 16 * 1024;
// Of what was made of the events of a batch, decoded bodies and texts, before it waits for its turn
// to give that away.
constexpr std::size_t kMostBytesMade = 8 * 1024 * 1024;
// Of the memory of one text; what a rare long event took is given back.
constexpr std::size_t kMostKeptText = 4 * kBatchBytes;

std::size_t size_of(const Event& event) {
    return kAroundEvent + event.message->raw_size() + share_of_memory(event.request);
}

// Most share it with events around them.
std::size_t size_of_unusual(const Process& process) {
    const std::size_t bytes = memory_of(process);
    return bytes > kUsualProcess ? bytes : 0;
}

// Keeps their memory, but for that of a rare long one.
void empty(std::vector<std::string>& texts) {
    for (std::string& text : texts) {
        if (text.capacity() > kMostKeptText) std::string().swap(text);
        text.clear();
    }
}

std::size_t size_of(const std::vector<std::string>& texts) {
    std::size_t bytes = 0;
    for (const std::string& text : texts)
        bytes += text.size();
    return bytes;
}

}  // namespace

EventPipeline::EventPipeline(std::vector<Emitter*> emitters, std::vector<const EventStage*> stages,
                             unsigned jobs, bool processes_first)
    : emitters_(std::move(emitters)),
      stages_(std::move(stages)),
      processes_first_(processes_first) {
    if (jobs < 2) return;
    for (unsigned i = 0; i < jobs; ++i)
        threads_.emplace_back([this] { work(); });
}

EventPipeline::~EventPipeline() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    work_.notify_all();
    turn_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

Result<void> EventPipeline::add(Event&& event) {
    next_.bytes += size_of(event);
    if (next_.events.empty() || next_.events.back().process != event.process)
        next_.bytes += size_of_unusual(*event.process);
    next_.events.push_back(std::move(event));
    return next_.bytes < kBatchBytes ? Result<void>() : submit();
}

Result<void> EventPipeline::flush() {
    next_.flush_behind = true;
    return submit();
}

Result<EventPipeline::Emitted> EventPipeline::drain() {
    if (auto submitted = submit(); !submitted) return submitted.error();
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return batches_.empty() && !is_emitting_; });
    if (error_) return *error_;
    return emitted_;
}

std::shared_ptr<const Process> EventPipeline::shown(std::shared_ptr<const Process> process) const {
    for (const EventStage* stage : stages_)
        process = stage->show(std::move(process));
    return process;
}

bool EventPipeline::has_room(std::size_t bytes) const {
    return bytes_ == 0 || bytes_ + bytes <= kMostBytesUnderWay;
}

Result<void> EventPipeline::submit() {
    Batch batch = std::exchange(next_, {});
    if (threads_.empty()) return submit_here(std::move(batch));
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return has_room(batch.bytes); });
    if (error_) return *error_;
    bytes_ += batch.bytes;
    batches_.push_back(std::move(batch));
    lock.unlock();
    work_.notify_one();
    return {};
}

Result<void> EventPipeline::submit_here(Batch batch) {
    if (error_) return *error_;
    keep_error(prepare(batch));
    if (!error_) keep_error(emit(batch));
    next_ = emptied(std::move(batch));
    return error_ ? Result<void>(*error_) : Result<void>();
}

// An empty batch with the memory of another.
EventPipeline::Batch EventPipeline::emptied(Batch batch) {
    batch.events.clear();
    batch.bytes = batch.kept = batch.decoded = 0;
    batch.flush_behind = batch.is_done = false;
    empty(batch.texts);
    return batch;
}

Result<void> EventPipeline::prepare(Batch& batch) {
    batch.texts.resize(emitters_.size());
    for (Event& event : batch.events) {
        const auto passed = pass(event, batch);
        if (!passed) return passed.error();
        if (!*passed) continue;
        for (std::size_t i = 0; i < emitters_.size(); ++i)
            emitters_[i]->render(event, batch.texts[i]);
        batch.decoded += event.message->decoded ? event.message->decoded->size() : 0;
        Event& place = batch.events[batch.kept++];
        if (&place != &event) place = std::move(event);
        if (batch.decoded + size_of(batch.texts) <= kMostBytesMade) continue;
        if (auto emitted = emit_early(batch); !emitted) return emitted;
    }
    batch.events.resize(batch.kept);
    return {};
}

// Applies the stages; false leaves the event out.
Result<bool> EventPipeline::pass(Event& event, Batch& batch) {
    for (const EventStage* stage : stages_) {
        auto passed = stage->apply(event);
        if (passed && event.turn == Turn::asked) {
            if (auto emitted = emit_early(batch); !emitted) return emitted.error();
            event.turn = Turn::come;
            passed = stage->apply(event);
        }
        if (!passed || !*passed) return passed;
    }
    return true;
}

// Gives away what was prepared so far.
Result<void> EventPipeline::emit_early(Batch& batch) {
    if (auto come = await_turn(batch); !come) return come;
    const auto prepared = std::span(batch.events).first(std::exchange(batch.kept, 0));
    Result<void> emitted = emit(prepared, batch.texts);
    std::ranges::fill(prepared, Event());
    empty(batch.texts);
    batch.decoded = 0;
    return emitted;
}

// All batches before it are emitted, and it is not done: no other thread emits.
Result<void> EventPipeline::await_turn(const Batch& batch) {
    if (threads_.empty()) return {};
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return stop_ || (&batches_.front() == &batch && !is_emitting_); });
    if (stop_) return Error{"the events are dropped"};
    return error_ ? Result<void>(*error_) : Result<void>();
}

Result<void> EventPipeline::emit(std::span<const Event> events,
                                 const std::vector<std::string>& texts) {
    emitted_.events += events.size();
    for (const Event& event : events) {
        if (auto emitted = emit_processes(event); !emitted) return emitted;
        for (const Anomaly& anomaly : event.message->anomalies)
            ++emitted_.anomalies[anomaly.kind];
        for (Emitter* emitter : emitters_) {
            if (auto emitted = emitter->event(event); !emitted) return emitted;
        }
    }
    for (std::size_t i = 0; i < emitters_.size(); ++i) {
        if (auto emitted = emitters_[i]->rendered(texts[i]); !emitted) return emitted;
    }
    return {};
}

Result<void> EventPipeline::emit(const Batch& batch) {
    if (auto emitted = emit(batch.events, batch.texts); !emitted) return emitted;
    for (Emitter* emitter : emitters_) {
        if (!batch.flush_behind) break;
        if (auto flushed = emitter->flush(); !flushed) return flushed;
    }
    return {};
}

Result<void> EventPipeline::emit_processes(const Event& event) {
    auto emitted =
        emit_process({event.process, event.process_start_realtime_ns, event.process_number});
    for (const ProcessReport& other : event.others) {
        if (!emitted) break;
        emitted = emit_process(other);
    }
    return emitted;
}

// Notes, or gives, a process of an event.
Result<void> EventPipeline::emit_process(ProcessReport report) {
    std::vector<bool>& known = emitted_.processes;
    known.resize(std::max(known.size(), report.number + 1));
    if (known[report.number]) return {};
    known[report.number] = true;
    if (!processes_first_) return {};
    report.process = shown(std::move(report.process));
    for (Emitter* emitter : emitters_) {
        if (auto emitted = emitter->process(report); !emitted) return emitted;
    }
    return {};
}

void EventPipeline::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [this] { return stop_ || started_ < batches_.size(); });
        if (stop_) return;
        Batch& batch = batches_[started_++];
        if (!spare_texts_.empty()) {
            batch.texts = std::move(spare_texts_.back());
            spare_texts_.pop_back();
        }
        lock.unlock();
        const Result<void> prepared = prepare(batch);
        lock.lock();
        keep_error(prepared);
        batch.is_done = true;
        if (!is_emitting_) emit_done(lock);
    }
}

// Emits the batches that are done as far as all before them are.
void EventPipeline::emit_done(std::unique_lock<std::mutex>& lock) {
    is_emitting_ = true;
    while (!batches_.empty() && batches_.front().is_done) {
        Batch batch = std::move(batches_.front());
        batches_.pop_front();
        --started_;
        const bool failed = error_.has_value();
        lock.unlock();
        const Result<void> emitted = failed ? Result<void>() : emit(batch);
        const std::size_t bytes = batch.bytes;
        batch = emptied(std::move(batch));
        lock.lock();
        spare_texts_.push_back(std::move(batch.texts));
        keep_error(emitted);
        bytes_ -= bytes;
        room_.notify_one();
    }
    is_emitting_ = false;
    room_.notify_one();
    turn_.notify_all();
}

void EventPipeline::keep_error(const Result<void>& result) {
    if (!result && !error_) error_ = result.error();
}

}  // namespace httpprof::replay
