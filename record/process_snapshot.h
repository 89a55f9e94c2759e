// What /proc says of a process: what the kernel's own record of it cannot carry, or did not get.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "format/frame.h"

namespace httpprof::record {

// The counter of processes that /proc said less of than was asked.
inline constexpr const char* kSnapshotFailed = "snapshot-failed";

struct SnapshotRequest {
    std::uint32_t pid = 0;
    std::uint32_t tid = 0;                // a thread of it, asked where its main thread has ended
    std::uint64_t start_ns = 0;           // CLOCK_BOOTTIME; another start time is another process
    std::uint64_t exec_id = 0;            // noted in the snapshot
    std::uint64_t arguments_size = 0;     // another size is another program in the process
    std::uint64_t environment_size = 0;   // likewise; 0: not known
    std::uint16_t address_space_tag = 0;  // likewise
    bool arguments = false;               // what to read beside the executable and the cgroup
    bool environment = false;
    bool hides_environment = false;  // none of it may be read, not even from the command line
};

// Reads what was asked for; what cannot be read is said in `error`.
format::Snapshot read_snapshot(const SnapshotRequest& request);

// Takes snapshots on a thread of its own, since /proc may block on a busy process.
class Snapshotter {
  public:
    // `deliver` is called on that thread.
    explicit Snapshotter(std::function<void(format::Snapshot)> deliver);
    ~Snapshotter() { finish(); }

    // False: too many wait already, and this one will not be taken.
    bool request(const SnapshotRequest& request);
    // Takes those that wait, then ends.
    void finish();

  private:
    void run();

    std::function<void(format::Snapshot)> deliver_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<SnapshotRequest> waiting_;
    bool finished_ = false;
    std::thread thread_;
};

}  // namespace httpprof::record
