#include "record/segments.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <variant>
#include <vector>

#include "format/record.h"
#include "record/process_snapshot.h"

namespace httpprof::record {
namespace {

void count_not_repeated(format::Stats& stats, std::uint64_t processes) {
    if (processes > 0) stats.missing.push_back({kNotRepeated, processes, 0});
}

// What was counted since `before`, cause by cause.
std::vector<format::Counter> since(const std::vector<format::Counter>& before,
                                   const std::vector<format::Counter>& now) {
    std::vector<format::Counter> grown;
    for (format::Counter counter : now) {
        const auto old = std::ranges::find(before, counter.cause, &format::Counter::cause);
        if (old != before.end()) {
            counter.records -= std::min(counter.records, old->records);
            counter.bytes -= std::min(counter.bytes, old->bytes);
        }
        if (counter.records != 0 || counter.bytes != 0) grown.push_back(std::move(counter));
    }
    return grown;
}

void add_counters(std::vector<format::Counter>& sum, const std::vector<format::Counter>& more) {
    for (const format::Counter& counter : more) {
        auto known = std::ranges::find(sum, counter.cause, &format::Counter::cause);
        if (known == sum.end()) known = sum.insert(known, {counter.cause, 0, 0});
        known->records += counter.records;
        known->bytes += counter.bytes;
    }
}

// What a file near its greatest size takes at once at least, so that its last frames are not tiny.
constexpr std::uint64_t kLeastPiece = 16 * 1024;
// That a frame is beside its records: its header, what columns take, and compression and encryption
// of what is random already.
constexpr std::uint64_t kFrameRoom = 1024;
// For the frames that end a file: Stats, End and Signature, and what the End says of each frame.
constexpr std::uint64_t kEndRoom = 2048;
constexpr std::uint64_t kEndRoomPerFrame = 16;

// What a file repeats of processes. What is beyond is said in an earlier file: the rest is for
// records, of which there would be none else where many processes have large environments.
std::uint64_t most_of_descriptions(std::uint64_t limit) {
    return std::max(limit / 4, kLeastPiece);
}

// That crossed sockets.
std::uint64_t data_bytes(const format::RecordBlock& block, std::size_t first) {
    std::uint64_t bytes = 0;
    for (std::size_t i = first; i < block.count(); ++i) {
        const auto record = format::decode_record(block.record(i));
        if (!record) continue;
        if (const auto* data = std::get_if<format::DataRecord>(&*record))
            bytes += data->original_size;
    }
    return bytes;
}

}  // namespace

Segments::Segments(SegmentStore& store, const Rotation& rotation, format::WriteOptions options,
                   format::Header header)
    : store_(store),
      rotation_(rotation),
      options_(std::move(options)),
      header_(std::move(header)) {}

Result<std::unique_ptr<Segments>> Segments::start(SegmentStore& store, const Rotation& rotation,
                                                  const format::WriteOptions& options,
                                                  format::Header header) {
    std::unique_ptr<Segments> segments(new Segments(store, rotation, options, std::move(header)));
    if (auto opened = segments->open(); !opened) return opened.error();
    return segments;
}

Result<void> Segments::open() {
    auto file = store_.create(header_.segment);
    if (!file) return file.error();
    auto writer = format::CaptureWriter::start(**file, header_, options_);
    if (!writer) {
        (*file)->discard();
        return writer.error();
    }
    writer_ = *std::move(writer);
    file_ = *std::move(file);
    opened_ = SteadyClock::now();
    description_bytes_ = 0;
    not_repeated_ = 0;
    has_own_snapshot_ = false;
    return {};
}

// How small records become is known only when they are compressed: a block for which there is no
// room as it is goes into pieces.
Result<void> Segments::write(format::RecordBlock& block) {
    std::size_t next = 0;
    while (next < block.count()) {
        if (has_own_records()) {
            if (auto made = make_room(block.record(next).size()); !made) return made;
        }
        if (full_) break;
        if (auto described = describe_processes(block, next); !described) return described;
        const bool is_whole = next == 0 && block.size() + kFrameRoom <= room();
        format::RecordBlock piece = is_whole ? format::RecordBlock() : piece_of(block, next);
        next += is_whole ? block.count() : piece.count();
        if (auto written = writer_->write(is_whole ? block : piece); !written) return written;
    }
    drop(block, next);
    note_full();
    return {};
}

// Of a file; 0: none.
std::uint64_t Segments::limit() const {
    return rotation_.rotates() ? rotation_.size : rotation_.max_size;
}

// What the file may still take, apart from what ends it.
std::uint64_t Segments::room() const {
    if (limit() == 0) return std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t taken =
        writer_->bytes_written() + kEndRoom + kEndRoomPerFrame * writer_->frames();
    return limit() - std::min(limit(), taken);
}

bool Segments::lacks_room(std::uint64_t to_come) const {
    return room() <= std::max(std::min(kLeastPiece, limit() / 8), to_come);
}

bool Segments::is_old() const {
    return rotation_.time.count() != 0 && SteadyClock::now() - opened_ >= rotation_.time;
}

// An idle host fills half of a file at the most with counters and clocks, or what its records left,
// and no further file.
bool Segments::waits_for_records() const {
    if (!rotation_.rotates()) return false;
    return has_own_records() ? lacks_room(0) : room() < limit() / 2;
}

// What stands before records.
Result<void> Segments::describe_processes(const format::RecordBlock& block, std::size_t first) {
    if (std::exchange(clock_is_due_, false)) {
        if (auto written = writer_->write(*last_clock_); !written) return written;
    }
    return rotation_.rotates() ? repeat_states(block, first) : Result<void>();
}

// One record at least.
format::RecordBlock Segments::piece_of(const format::RecordBlock& block, std::size_t first) const {
    const std::uint64_t least = has_own_records() ? 0 : kLeastPiece;
    const std::uint64_t most = std::max(room() - std::min(room(), kFrameRoom), least);
    format::RecordBlock piece;
    for (std::size_t i = first; i < block.count(); ++i) {
        const format::WireRecord record = block.record(i);
        if (!piece.empty() && piece.size() + record.size() > most) break;
        piece.append(record);
    }
    return piece;
}

void Segments::drop(const format::RecordBlock& block, std::size_t first) {
    dropped_.records += block.count() - first;
    dropped_.bytes += data_bytes(block, first);
}

Result<void> Segments::write(const format::Snapshot& snapshot) {
    const bool fits = !full_ && size_of(snapshot) + kFrameRoom <= room();
    if (!rotation_.rotates() && !fits) {
        if (snapshot.error.empty()) ++dropped_snapshots_;  // others are counted already
        return {};
    }
    if (rotation_.rotates()) {
        if (!fits && (has_own_records() || has_own_snapshot_)) {
            if (auto rotated = rotate(); !rotated) return rotated;
        }
        has_own_snapshot_ = true;
        if (auto repeated = repeat_state(snapshot.pid, snapshot.start_ns); !repeated)
            return repeated;
        states_.add(snapshot, true);
    }
    return writer_->write(snapshot);
}

Result<void> Segments::write(const format::Stats& stats) {
    last_stats_ = stats;
    if (waits_for_records()) return {};
    if (auto written = writer_->write(of_segment(stats)); !written) return written;
    note_full();
    return {};
}

Result<void> Segments::write(const format::Clock& clock) {
    const bool is_first = !last_clock_.has_value();
    last_clock_ = clock;
    clock_is_due_ = !is_first && waits_for_records();
    return clock_is_due_ ? Result<void>() : writer_->write(clock);
}

Result<void> Segments::sync() {
    return file_->sync();
}

Result<void> Segments::end(const std::string& reason, const format::Stats& final_stats) {
    return close(reason, of_segment(final_stats));
}

format::Stats Segments::complete(format::Stats stats) const {
    stats.recorded = closed_recorded_ + writer_->recorded() - repeated_;
    stats.recorded_bytes = closed_recorded_bytes_ + writer_->recorded_bytes() - repeated_bytes_;
    add_counters(stats.missing, closed_missing_);
    add_counters(stats.missing, writer_->missing());
    // As long as every file is kept, one of them says it.
    if (oldest_ > 0) count_not_repeated(stats, closed_not_repeated_ + not_repeated_);
    count_dropped(stats);
    return stats;
}

void Segments::count_dropped(format::Stats& stats) const {
    if (dropped_.records > 0) stats.lost.push_back(dropped_);
    if (dropped_snapshots_ > 0)
        add_counters(stats.missing, {{kSnapshotFailed, dropped_snapshots_, 0}});
}

// The processes that this file does not describe yet are described before their records.
Result<void> Segments::repeat_states(const format::RecordBlock& block, std::size_t first) {
    std::string memory;
    for (std::size_t i = first; i < block.count(); ++i) {
        const format::WireRecord wire = block.record(i);
        const auto record = format::decode_record(wire);
        if (!record) continue;
        const format::Task* task = nullptr;
        if (const auto* process = std::get_if<format::ProcessRecord>(&*record))
            states_.add(*process, wire.joined(memory), true);
        else if (const auto* data = std::get_if<format::DataRecord>(&*record))
            task = &data->task;
        else if (const auto* io_uring = std::get_if<format::IoUringRecord>(&*record))
            task = &io_uring->task;
        if (task == nullptr) continue;
        if (auto repeated = repeat_state(task->pid, task->start_ns); !repeated) return repeated;
    }
    return {};
}

Result<void> Segments::repeat_state(std::uint32_t pid, std::uint64_t start_ns) {
    const auto state = states_.take_unwritten(pid, start_ns);
    const std::size_t size = state.record.size() + (state.snapshot ? size_of(*state.snapshot) : 0);
    if (limit() != 0 && description_bytes_ + size > most_of_descriptions(limit())) {
        ++not_repeated_;
        return {};
    }
    description_bytes_ += size;
    if (!state.record.empty()) {
        format::RecordBlock block;
        block.append(state.record);
        if (auto written = writer_->write(block); !written) return written;
        ++repeated_;
        repeated_bytes_ += state.record.size();
    }
    return state.snapshot == nullptr ? Result<void>() : writer_->write(*state.snapshot);
}

// For a record of this size. A next file begins with one only: it may take the place of the oldest,
// and an idle host would keep empty ones.
Result<void> Segments::make_room(std::uint64_t record_size) {
    const bool is_large = lacks_room(record_size + kFrameRoom);
    if (rotation_.rotates()) return is_large || is_old() ? rotate() : Result<void>();
    full_ = full_ || is_large;
    return {};
}

void Segments::note_full() {
    full_ = full_ || (!rotation_.rotates() && lacks_room(0));
}

Result<void> Segments::rotate() {
    // The counters of what is in no file are a little older than the records.
    format::Stats stats = of_segment(last_stats_);
    stats.produced = stats.recorded + records_of(stats.lost);
    if (auto closed = close("rotated", stats); !closed) return closed;

    closed_.produced += stats.produced - repeated_;
    closed_.lost = last_stats_.lost;
    closed_.missing = last_stats_.missing;
    closed_.left_out = last_stats_.left_out;
    closed_recorded_ += writer_->recorded() - std::exchange(repeated_, 0);
    closed_recorded_bytes_ += writer_->recorded_bytes() - std::exchange(repeated_bytes_, 0);
    add_counters(closed_missing_, writer_->missing());
    closed_bytes_ += writer_->bytes_written();
    closed_not_repeated_ += not_repeated_;
    kept_sizes_.push_back(writer_->bytes_written());
    if (auto removed = remove_old(); !removed) return removed;

    ++header_.segment;
    const format::Digest last = writer_->last_digest();
    header_.previous_segment.assign(last.begin(), last.end());
    states_.start_file();
    if (auto opened = open(); !opened) return opened;
    clock_is_due_ = false;
    return last_clock_ ? writer_->write(*last_clock_) : Result<void>();
}

Result<void> Segments::close(const std::string& reason, format::Stats stats) {
    if (auto ended = writer_->end({.reason = reason, .stats = std::move(stats)}); !ended)
        return ended;
    return file_->finish();
}

// Makes room for one more file.
Result<void> Segments::remove_old() {
    std::uint64_t kept = std::accumulate(kept_sizes_.begin(), kept_sizes_.end(), std::uint64_t{0});
    const auto is_too_much = [&] {
        return (rotation_.max_segments != 0 && kept_sizes_.size() >= rotation_.max_segments) ||
               (rotation_.max_size != 0 && kept + rotation_.size > rotation_.max_size);
    };
    while (!kept_sizes_.empty() && is_too_much()) {
        if (auto removed = store_.remove(oldest_); !removed) return removed;
        ++oldest_;
        kept -= kept_sizes_.front();
        kept_sizes_.pop_front();
    }
    return {};
}

// What the files before this one do not account for.
format::Stats Segments::of_segment(const format::Stats& stats) const {
    format::Stats own = stats;
    own.recorded = writer_->recorded();
    own.recorded_bytes = writer_->recorded_bytes();
    own.produced -= std::min(own.produced, closed_.produced);
    own.produced += repeated_;
    own.lost = since(closed_.lost, stats.lost);
    own.missing = writer_->missing();
    add_counters(own.missing, since(closed_.missing, stats.missing));
    own.left_out = since(closed_.left_out, stats.left_out);
    count_not_repeated(own, not_repeated_);
    count_dropped(own);
    return own;
}

}  // namespace httpprof::record
