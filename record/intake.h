// Takes records out of the rings and hands them to the writer in blocks; what the kernel could not
// say of a process is read from /proc meanwhile. Counts what does not get through.
//
// When the writer is behind, a block waits for it as long as the rings have room for what comes
// meanwhile. When one of them is nearly full the block is lost, which counts as the writer's loss
// and not as the ring's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "format/frame.h"
#include "format/writer.h"
#include "record/block_queue.h"
#include "record/bpf_programs.h"
#include "record/options.h"
#include "record/process_snapshot.h"

namespace httpprof::record {

class Intake {
  public:
    // All three must outlive it.
    Intake(BpfPrograms& programs, BlockQueue& queue, const Options& options);

    // Takes some records; true when there may be more.
    bool drain();
    // What was taken since the last block, however little. A block that is not full waits as long
    // as others do, and grows.
    void hand_over_block();
    // No records are taken before the writer has room for a block.
    bool waits_for_writer() const { return block_.full(); }
    // Until it has, or the time is over.
    void wait_for_writer(std::chrono::milliseconds longest);
    // Everything that is left, when no record is added to a ring any more. Waits for the writer.
    void finish();

    // The kernel's counters and those of what got lost on this side of the rings: all but what
    // depends on the records that are written.
    format::Stats read_stats() const;
    std::uint64_t processes() const { return processes_; }
    std::uint64_t io_uring_processes() const { return io_uring_processes_; }

  private:
    bool take_records_before(std::uint64_t time_ns);
    void add_record(std::string_view reserved);
    void add_process(std::string_view record);
    void add_description(std::string_view record);
    void add_to_block(std::string_view record);
    void request_snapshot(std::string_view record);
    void on_snapshot(format::Snapshot snapshot);
    bool push_block();
    void lose_block();

    BpfPrograms& programs_;
    BlockQueue& queue_;
    const Options& options_;
    format::RecordBlock block_;
    std::uint64_t block_data_bytes_ = 0;  // that crossed sockets, of the records in block_
    format::RecordBlock descriptions_;    // of block_, which stay when it is lost
    std::uint64_t processes_ = 0;
    std::uint64_t io_uring_processes_ = 0;
    format::Counter writer_too_slow_{"writer-too-slow", 0, 0};
    std::atomic<std::uint64_t> snapshots_failed_ = 0;
    Snapshotter snapshotter_;  // its thread uses what is above
};

}  // namespace httpprof::record
