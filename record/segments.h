// The files of a recording: one, or one after the other by size and by time. Each stands alone;
// format/README.md, "Segments", says how.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "format/frame.h"
#include "format/output_file.h"
#include "format/process_states.h"
#include "format/result.h"
#include "format/writer.h"
#include "record/options.h"

namespace httpprof::record {

// Records that came when the capture had reached its greatest size.
inline constexpr const char* kMaxSizeCause = "max-size";

// The counter of processes that a file has records of, and does not repeat what an earlier one says
// of them.
inline constexpr const char* kNotRepeated = "not-repeated";

// Where segments are kept.
class SegmentStore {
  public:
    virtual ~SegmentStore() = default;
    // Fails when there is one of that number.
    virtual Result<std::unique_ptr<format::OutputFile>> create(std::uint32_t segment) = 0;
    virtual Result<void> remove(std::uint32_t segment) = 0;
};

class Segments {
  public:
    // Creates the first file. `store` must outlive the segments.
    static Result<std::unique_ptr<Segments>> start(SegmentStore& store, const Rotation& rotation,
                                                   const format::WriteOptions& options,
                                                   format::Header header);

    // Each becomes a frame.
    Result<void> write(format::RecordBlock& block);
    Result<void> write(const format::Snapshot& snapshot);
    // `stats` are of the whole recording; what was recorded, and what of that is missing, is filled
    // in.
    Result<void> write(const format::Stats& stats);
    Result<void> write(const format::Clock& clock);

    // Makes what was written durable.
    Result<void> sync();

    // Ends the last file and gives it its name; nothing may be written after it.
    Result<void> end(const std::string& reason, const format::Stats& final_stats);

    // Removes the file, in place of end().
    void discard() { file_->discard(); }

    // The capture has its greatest size; records are counted and not written from now on.
    bool is_full() const { return full_; }

    // Of the whole recording; what a segment repeats is not counted.
    format::Stats complete(format::Stats stats) const;
    std::uint64_t bytes_written() const { return closed_bytes_ + writer_->bytes_written(); }
    format::Digest last_digest() const { return writer_->last_digest(); }
    std::uint32_t count() const { return header_.segment + 1; }
    std::uint32_t removed() const { return oldest_; }

  private:
    using SteadyClock = std::chrono::steady_clock;

    Segments(SegmentStore& store, const Rotation& rotation, format::WriteOptions options,
             format::Header header);

    Result<void> open();
    std::uint64_t limit() const;
    std::uint64_t room() const;
    bool has_own_records() const { return writer_->recorded() != repeated_; }
    bool lacks_room(std::uint64_t to_come) const;
    bool is_old() const;
    bool waits_for_records() const;
    Result<void> describe_processes(const format::RecordBlock& block, std::size_t first);
    format::RecordBlock piece_of(const format::RecordBlock& block, std::size_t first) const;
    void drop(const format::RecordBlock& block, std::size_t first);
    Result<void> repeat_states(const format::RecordBlock& block, std::size_t first);
    Result<void> repeat_state(std::uint32_t pid, std::uint64_t start_ns);
    Result<void> make_room(std::uint64_t record_size);
    void note_full();
    Result<void> rotate();
    Result<void> close(const std::string& reason, format::Stats stats);
    Result<void> remove_old();
    format::Stats of_segment(const format::Stats& stats) const;
    void count_dropped(format::Stats& stats) const;

    SegmentStore& store_;
    const Rotation rotation_;
    const format::WriteOptions options_;
    format::Header header_;  // of the current file

    std::unique_ptr<format::OutputFile> file_;
    std::unique_ptr<format::CaptureWriter> writer_;
    SteadyClock::time_point opened_;
    std::uint64_t repeated_ = 0;           // records of the current file
    std::uint64_t repeated_bytes_ = 0;     // their size
    std::uint64_t description_bytes_ = 0;  // of these and of the snapshots with them
    std::uint64_t not_repeated_ = 0;       // processes, since that would have been too much
    bool has_own_snapshot_ = false;

    // Of the files before it.
    format::Stats closed_;  // the counters of the recording that they account for
    std::uint64_t closed_recorded_ = 0;
    std::uint64_t closed_recorded_bytes_ = 0;
    std::vector<format::Counter> closed_missing_;  // that their records do not carry
    std::uint64_t closed_bytes_ = 0;
    std::uint64_t closed_not_repeated_ = 0;
    std::deque<std::uint64_t> kept_sizes_;  // of those that were not removed
    std::uint32_t oldest_ = 0;              // number of the first that was not removed

    format::ProcessStates states_;
    format::Stats last_stats_;  // of the whole recording
    std::optional<format::Clock> last_clock_;
    bool clock_is_due_ = false;  // last_clock_ was not written
    format::Counter dropped_{kMaxSizeCause, 0, 0};
    std::uint64_t dropped_snapshots_ = 0;
    bool full_ = false;
};

}  // namespace httpprof::record
