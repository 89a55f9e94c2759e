// Decodes the frames of a capture on several threads and hands them out as they stand in the file.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "format/descriptor.h"
#include "format/frame_decoder.h"
#include "format/keyed_scanner.h"
#include "format/record_source.h"

namespace httpprof::format {

// The threads take turns at the scanner; whoever got a frame from it decodes that frame while the
// next one scans. They read ahead of the consumer by no more than a fixed number of frames and
// bytes, whatever the capture says.
class ParallelSource : public RecordSource {
  public:
    static Result<std::unique_ptr<RecordSource>> start(KeyedScanner scanner,
                                                       const FrameDecoder& decoder, unsigned jobs);
    // Gives up a read that is waiting for a pipe.
    ~ParallelSource() override;

    Result<std::optional<Frame>> next() override;

  private:
    // A place in the order of frames, filled once its frame is decoded.
    struct Slot {
        std::size_t bytes = 0;  // that it takes, counted until it is handed out
        std::optional<Result<std::optional<Frame>>> outcome;
    };

    ParallelSource(KeyedScanner scanner, unsigned jobs);
    Result<void> start_threads(const FrameDecoder& decoder, unsigned jobs);
    void work(FrameDecoder& decoder);
    Slot* take_turn(Result<std::optional<FrameScanner::Scanned>>& scanned);
    bool has_room() const;

    KeyedScanner scanner_;  // of the thread whose turn it is
    Descriptor cancel_read_;
    Descriptor cancel_write_;  // closed to cancel
    const std::size_t max_frames_;
    const std::size_t max_bytes_;

    std::mutex mutex_;
    std::condition_variable turn_;   // scanning may have become possible
    std::condition_variable ready_;  // the first slot may have been filled
    std::deque<Slot> slots_;         // in order; references stay good while others come and go
    std::size_t bytes_ = 0;          // of all slots
    bool scanning_ = false;          // a thread has its turn
    bool scanned_all_ = false;
    bool stop_ = false;
    bool finished_ = false;  // the last outcome was handed out

    std::vector<std::thread> threads_;
};

}  // namespace httpprof::format
