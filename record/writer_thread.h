// Compresses and writes what waits in the queue, on a thread of its own.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "format/result.h"
#include "record/block_queue.h"
#include "record/segments.h"

namespace httpprof::record {

class WriterThread {
  public:
    // Both must outlive it. `on_stop` is called once, on that thread, when a write fails, and what
    // comes after is dropped; and when the capture is full.
    WriterThread(BlockQueue& queue, Segments& segments, std::function<void()> on_stop);
    ~WriterThread() { join_thread(); }

    // Closes the queue, waits until all in it is written, and ends the last file. `reason` is
    // overruled where the capture was full before.
    Result<void> end(const std::string& reason, const format::Stats& final_stats);

  private:
    void run();
    Result<void> write(FrameInput& input);
    Result<void> sync_now_and_then();
    void join_thread();

    BlockQueue& queue_;
    Segments& segments_;
    std::function<void()> on_stop_;
    bool stopped_ = false;
    Result<void> result_;
    std::chrono::steady_clock::time_point last_sync_ = std::chrono::steady_clock::now();
    std::thread thread_;
};

}  // namespace httpprof::record
