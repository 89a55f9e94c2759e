#include "record/writer_thread.h"

#include <utility>
#include <variant>

namespace httpprof::record {
namespace {

// How much a power failure may cost; a crash of the recorder costs less.
constexpr std::chrono::seconds kSyncInterval{5};

}  // namespace

WriterThread::WriterThread(BlockQueue& queue, Segments& segments, std::function<void()> on_stop)
    : queue_(queue),
      segments_(segments),
      on_stop_(std::move(on_stop)),
      thread_([this] { run(); }) {}

void WriterThread::run() {
    while (std::optional<FrameInput> input = queue_.pop()) {
        if (!result_) continue;
        result_ = write(*input);
        const bool must_stop = !result_ || segments_.is_full();
        if (must_stop && !std::exchange(stopped_, true)) on_stop_();
    }
}

Result<void> WriterThread::write(FrameInput& input) {
    auto written = std::visit([this](auto& content) { return segments_.write(content); }, input);
    if (!written) return written;
    queue_.recycle(std::move(input));
    return sync_now_and_then();
}

Result<void> WriterThread::sync_now_and_then() {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_sync_ < kSyncInterval) return {};
    last_sync_ = now;
    return segments_.sync();
}

void WriterThread::join_thread() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
}

Result<void> WriterThread::end(const std::string& reason, const format::Stats& final_stats) {
    join_thread();
    if (!result_) return result_;
    return segments_.end(segments_.is_full() ? kMaxSizeCause : reason, final_stats);
}

}  // namespace httpprof::record
