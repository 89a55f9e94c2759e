// The bounded queue between the thread that drains the rings and the one that writes the capture.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "format/frame.h"
#include "format/writer.h"

namespace httpprof::record {

// What becomes one frame.
using FrameInput =
    std::variant<format::RecordBlock, format::Snapshot, format::Stats, format::Clock>;

class BlockQueue {
  public:
    // `limit`: bytes of records and snapshots that may wait. Of anything larger one may, and of
    // Stats, which are small and cumulative, one at a time.
    explicit BlockQueue(std::size_t limit) : limit_(limit) {}

    // False: too much waits already, and `input` is as it was.
    bool push(FrameInput&& input);
    // Whether there is one that the writer has not taken.
    bool has_block();
    // Until the writer has taken so much that `size` bytes have room, or the time is over.
    void wait_for_room(std::size_t size, std::chrono::milliseconds longest);
    // An empty block. Memory of those that were written is used again: each page that comes from
    // the system costs more than what is copied into it.
    format::RecordBlock take_empty_block();

    // Waits for the next input; nothing after close() once all was taken.
    std::optional<FrameInput> pop();
    // What was popped, and is written.
    void recycle(FrameInput&& input);
    void close();

  private:
    bool has_room(std::size_t size) const;

    const std::size_t limit_;
    std::mutex mutex_;
    std::condition_variable changed_;  // for the writer
    std::condition_variable taken_;    // by the writer
    std::deque<FrameInput> waiting_;
    std::vector<format::RecordBlock> empty_;  // no more than were in use at a time
    std::size_t waiting_bytes_ = 0;
    bool stats_wait_ = false;
    bool closed_ = false;
};

}  // namespace httpprof::record
