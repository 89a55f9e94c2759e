#include "record/writer_thread.h"

namespace httpprof::record {
namespace {

// How much a power failure may cost; a crash of the recorder costs less.
constexpr std::chrono::seconds kSyncInterval{5};

}  // namespace

WriterThread::WriterThread(BlockQueue& queue, format::CaptureWriter& writer, format::ByteSink& sink,
                           std::function<void()> on_failure)
    : queue_(queue),
      writer_(writer),
      sink_(sink),
      on_failure_(std::move(on_failure)),
      thread_([this] { run(); }) {}

void WriterThread::run() {
    while (std::optional<FrameInput> input = queue_.pop()) {
        if (!result_) continue;
        result_ = write(*input);
        if (!result_) on_failure_();
    }
}

Result<void> WriterThread::write(FrameInput& input) {
    if (auto* block = std::get_if<format::RecordBlock>(&input)) {
        if (Result<void> written = writer_.write(*block); !written) return written;
        recorded_ += block->count();
        recorded_bytes_ += block->size();
        queue_.recycle(std::move(*block));
        return sync_now_and_then();
    }
    if (auto* stats = std::get_if<format::Stats>(&input)) {
        add_recorded(*stats);
        return writer_.write(*stats);
    }
    if (auto* clock = std::get_if<format::Clock>(&input)) return writer_.write(*clock);
    return writer_.write(std::get<format::Snapshot>(input));
}

Result<void> WriterThread::sync_now_and_then() {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_sync_ < kSyncInterval) return {};
    last_sync_ = now;
    return sink_.sync();
}

void WriterThread::add_recorded(format::Stats& stats) const {
    stats.recorded = recorded_;
    stats.recorded_bytes = recorded_bytes_;
}

void WriterThread::join_thread() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
}

Result<void> WriterThread::end(const std::string& reason, format::Stats final_stats) {
    join_thread();
    if (!result_) return result_;
    add_recorded(final_stats);
    return writer_.end(reason, final_stats);
}

}  // namespace httpprof::record
