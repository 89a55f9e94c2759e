#include "record/intake.h"

#include <cstring>
#include <utility>
#include <variant>
#include <vector>

#include "bpf/wire.h"
#include "record/environment_filter.h"
#include "record/host.h"

namespace httpprof::record {
namespace {

// Records between two looks at the clock and the signals.
constexpr std::size_t kConsumeLimit = 4096;
// Bytes of what is said of processes that wait for the writer to take a block again.
constexpr std::size_t kMostOfDescriptions = 1024 * 1024;

void add_to(std::vector<format::Counter>& counters, const format::Counter& counter) {
    if (counter.records > 0) counters.push_back(counter);
}

}  // namespace

Intake::Intake(BpfPrograms& programs, BlockQueue& queue, const Options& options)
    : programs_(programs),
      queue_(queue),
      options_(options),
      snapshotter_([this](format::Snapshot snapshot) { on_snapshot(std::move(snapshot)); }) {}

bool Intake::drain() {
    if (waits_for_writer()) hand_over_block();
    if (waits_for_writer()) return false;
    return take_records_before(boottime_now());
}

bool Intake::take_records_before(std::uint64_t time_ns) {
    const auto handler = [](void* self, std::string_view record) {
        auto* intake = static_cast<Intake*>(self);
        intake->add_record(record);
        return !intake->waits_for_writer();
    };
    return programs_.rings().consume(handler, this, kConsumeLimit, time_ns) == kConsumeLimit;
}

// `reserved` has room to spare: the record's header says where it ends.
void Intake::add_record(std::string_view reserved) {
    wire_header header;
    std::memcpy(&header, reserved.data(), sizeof(header));
    const std::string_view record = reserved.substr(0, header.size);
    if (header.type == WIRE_PROCESS) return add_process(record);
    if (header.type == WIRE_IO_URING) {
        ++io_uring_processes_;
        return add_description(record);
    }
    if (header.type == WIRE_DATA) {
        wire_data data;
        std::memcpy(&data, record.data(), sizeof(data));
        block_data_bytes_ += data.original_size;
    }
    add_to_block(record);
}

void Intake::add_process(std::string_view record) {
    ++processes_;
    request_snapshot(record);
    if (options_.environment_prefixes.empty() || options_.no_environment) {
        add_description(record);
    } else {
        add_description(keep_variables_of_record(record, options_.environment_prefixes));
    }
}

// The kernel says this once of a process: were it lost with its block, it would be for good.
void Intake::add_description(std::string_view record) {
    if (descriptions_.size() + record.size() <= kMostOfDescriptions) descriptions_.append(record);
    add_to_block(record);
}

void Intake::add_to_block(std::string_view record) {
    block_.append(record);
    if (block_.full()) hand_over_block();
}

void Intake::request_snapshot(std::string_view record) {
    wire_process process;
    std::memcpy(&process, record.data(), sizeof(process));
    const bool taken = snapshotter_.request(
        {.pid = process.task.pid,
         .tid = process.task.tid,
         .start_ns = process.task.start_ns,
         .exec_id = process.exec_id,
         .arguments_size = process.arguments_size,
         .environment_size = process.environment_size,
         .address_space_tag = process.address_space_tag,
         .arguments = process.arguments_captured < process.arguments_size,
         .environment = process.environment_captured < process.environment_size,
         .hides_environment = options_.no_environment || !options_.environment_prefixes.empty()});
    if (!taken) ++snapshots_failed_;
}

void Intake::on_snapshot(format::Snapshot snapshot) {
    const bool is_not_whole = !snapshot.error.empty();
    if (options_.no_environment) {
        snapshot.environment_kept = WIRE_ENVIRONMENT_NONE;
    } else if (!options_.environment_prefixes.empty()) {
        snapshot.environment = keep_variables(snapshot.environment, options_.environment_prefixes);
        snapshot.environment_kept = WIRE_ENVIRONMENT_BY_PREFIX;
    }
    if (!queue_.push(std::move(snapshot)) || is_not_whole) ++snapshots_failed_;
}

bool Intake::push_block() {
    FrameInput input = std::move(block_);
    const bool taken = queue_.push(std::move(input));
    if (taken) {
        block_ = queue_.take_empty_block();
        descriptions_.clear();
        block_data_bytes_ = 0;
    } else {
        block_ = std::get<format::RecordBlock>(std::move(input));
    }
    return taken;
}

void Intake::hand_over_block() {
    if (block_.empty()) return;
    // One for each look at the clock would take more memory than what is in them.
    if (!block_.full() && queue_.has_block()) return;
    if (!push_block() && programs_.rings().is_nearly_full()) lose_block();
}

void Intake::lose_block() {
    writer_too_slow_.records += block_.count() - descriptions_.count();
    writer_too_slow_.bytes += block_data_bytes_;
    block_.clear();
    for (std::size_t i = 0; i < descriptions_.count(); ++i)
        block_.append(descriptions_.record(i));
    block_data_bytes_ = 0;
}

void Intake::wait_for_writer(std::chrono::milliseconds longest) {
    queue_.wait_for_room(block_.size(), longest);
}

format::Stats Intake::read_stats() const {
    format::Stats stats = programs_.read_counters();
    stats.time_ns = boottime_now();
    add_to(stats.lost, writer_too_slow_);
    add_to(stats.missing, {kSnapshotFailed, snapshots_failed_, 0});
    return stats;
}

void Intake::finish() {
    constexpr std::chrono::seconds kLong{1};
    while (take_records_before(UINT64_MAX) || !block_.empty()) {
        while (!block_.empty() && !push_block())
            wait_for_writer(kLong);
    }
    snapshotter_.finish();
}

}  // namespace httpprof::record
