// Compresses and writes what waits in the queue, on a thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>

#include "format/result.h"
#include "format/writer.h"
#include "record/block_queue.h"

namespace httpprof::record {

class WriterThread {
  public:
    // All three must outlive it. `on_failure` is called once, on that thread, when a write fails;
    // what comes after is dropped.
    WriterThread(BlockQueue& queue, format::CaptureWriter& writer, format::ByteSink& sink,
                 std::function<void()> on_failure);
    ~WriterThread() { join_thread(); }

    // Closes the queue, waits until all in it is written, and writes the End frame.
    Result<void> end(const std::string& reason, format::Stats final_stats);

    // Complete after end().
    std::uint64_t recorded() const { return recorded_; }
    std::uint64_t recorded_bytes() const { return recorded_bytes_; }

  private:
    void run();
    Result<void> write(FrameInput& input);
    Result<void> sync_now_and_then();
    void add_recorded(format::Stats& stats) const;
    void join_thread();

    BlockQueue& queue_;
    format::CaptureWriter& writer_;
    format::ByteSink& sink_;
    std::function<void()> on_failure_;
    Result<void> result_;
    std::uint64_t recorded_ = 0;
    std::uint64_t recorded_bytes_ = 0;
    std::chrono::steady_clock::time_point last_sync_ = std::chrono::steady_clock::now();
    std::thread thread_;
};

}  // namespace httpprof::record
