#include "format/edit/selection.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "bpf/wire.h"

namespace httpprof::format {
namespace {

// More than a recorder tells apart at a time. When a further one comes, all are forgotten: of a
// process that it was kept, so that Snapshots that come later are not; of a socket whose it is, and
// its FINs.
constexpr std::size_t kMaxProcesses = 65'536;
constexpr std::size_t kMaxSockets = 65'536;

std::uint64_t last_number(const SliceFilter& filter) {
    std::uint64_t last = 0;
    for (const ConnectionName& name : filter.connections) {
        if (const auto* number = std::get_if<ConnectionNumber>(&name))
            last = std::max(last, number->number);
    }
    return last;
}

// Names in records are no longer than this.
SliceFilter with_short_comms(SliceFilter filter) {
    for (std::string& comm : filter.comms)
        comm.resize(std::min<std::size_t>(comm.size(), WIRE_COMM_SIZE - 1));
    return filter;
}

template <typename T, typename Value>
bool takes(const std::vector<T>& list, const Value& value) {
    return list.empty() || std::ranges::find(list, value) != list.end();
}

std::size_t place_of(Direction direction) {
    return direction == Direction::send ? 0 : 1;
}

}  // namespace

Selection::Selection(const SliceFilter& filter, DerivedCapture& out)
    : filter_(with_short_comms(filter)),
      out_(out),
      range_(filter.from, filter.to),
      numbers_(last_number(filter)) {}

Result<void> Selection::take(const Record& record, std::string_view bytes, bool may_be_repeated) {
    ++seen_;
    seen_bytes_ += bytes.size();
    taken_ns_ = time_of(record);
    const bool is_first_seen = !may_be_repeated || std::holds_alternative<DataRecord>(record);
    if (is_first_seen && !std::holds_alternative<MalformedRecord>(record))
        range_.note_first_record(taken_ns_);
    return std::visit([&](const auto& typed) { return take_record(typed, bytes); }, record);
}

Result<void> Selection::take_record(const DataRecord& record, std::string_view bytes) {
    if (auto noted = numbers_.note(record); !noted) return noted;
    if (!is_wanted(record.task) || !is_wanted(record.socket)) return {};
    if (names_processes()) socket(record.socket).is_of_process = true;
    if (!is_within(record.time_ns)) return {};
    if (auto kept = keep_process(record.task.pid, record.task.start_ns); !kept) return kept;
    if (auto kept = keep_fins(record.socket); !kept) return kept;
    return keep(bytes);
}

// Process records come with the records of the process, and at once when those were before.
Result<void> Selection::take_record(const ProcessRecord& record, std::string_view bytes) {
    if (range_.place(record.time_ns) == TimeRange::Place::behind) return {};
    if (states_.has(record, bytes)) return {};
    states_.add(record, bytes, false);
    const auto known = processes_.find({record.task.pid, record.task.start_ns});
    if (known == processes_.end() || !known->second.is_kept) return {};
    return keep_process(record.task.pid, record.task.start_ns);
}

Result<void> Selection::take_record(const FinRecord& record, std::string_view bytes) {
    const auto place = range_.place(record.time_ns);
    if (place == TimeRange::Place::behind || !is_wanted(record.socket)) return {};
    if (place == TimeRange::Place::within && is_of_wanted_process(record.socket)) {
        if (auto kept = keep_fins(record.socket); !kept) return kept;
        return keep(bytes);
    }
    socket(record.socket).fins[place_of(record.direction)] = bytes;
    return {};
}

Result<void> Selection::take_record(const CloseRecord& record, std::string_view bytes) {
    Result<void> kept;
    if (is_wanted(record.socket) && is_within(record.time_ns) &&
        is_of_wanted_process(record.socket)) {
        kept = keep_fins(record.socket);
        if (kept) kept = keep(bytes);
    }
    numbers_.note(record);
    sockets_.erase(record.socket);
    return kept;
}

// It is of no socket: where sockets are asked for it comes with the records of its process.
Result<void> Selection::take_record(const IoUringRecord& record, std::string_view bytes) {
    const auto place = range_.place(record.time_ns);
    if (place == TimeRange::Place::behind) return {};
    ProcessState& state = process({record.task.pid, record.task.start_ns});
    const bool is_selected =
        place == TimeRange::Place::within && !names_sockets() && is_wanted(record.task);
    state.io_uring = bytes;
    if (!is_selected && !state.is_kept) return {};
    return keep_process(record.task.pid, record.task.start_ns);
}

Result<void> Selection::take_record(const MalformedRecord&, std::string_view bytes) {
    --seen_;
    seen_bytes_ -= bytes.size();
    out_.count_change("malformed", 1, bytes.size());
    return {};
}

// User space may have read it after the records that it belongs to, and after the range.
Result<void> Selection::take(const Snapshot& snapshot) {
    if (states_.has(snapshot)) return {};
    states_.add(snapshot, false);
    const auto known = processes_.find({snapshot.pid, snapshot.start_ns});
    if (known == processes_.end() || !known->second.is_kept) return {};
    return keep_process(snapshot.pid, snapshot.start_ns);
}

// The last one before what is kept goes ahead of that, and all from there on; where there is none,
// the first one.
Result<void> Selection::take(const Clock& clock) {
    range_.add(clock);
    switch (range_.place(clock.boottime_ns)) {
        case TimeRange::Place::before:
            clocks_.push_back(clock);
            if (clocks_.size() > TimeRange::kClocks) clocks_.pop_front();
            return {};
        case TimeRange::Place::within:
            if (auto kept = keep_clocks(clock.boottime_ns); !kept) return kept;
            has_clock_ = true;
            return out_.add(clock);
        case TimeRange::Place::behind:
            if (clocks_.empty() && !has_clock_) clocks_.push_back(clock);
            return {};
    }
    return {};
}

Result<void> Selection::finish() {
    if (seen_ > kept_) out_.count_change("not-selected", seen_ - kept_, seen_bytes_ - kept_bytes_);
    return keep_clocks(std::numeric_limits<std::uint64_t>::max());
}

bool Selection::is_within(std::uint64_t time_ns) const {
    return range_.place(time_ns) == TimeRange::Place::within;
}

bool Selection::is_wanted(const Task& task) const {
    return takes(filter_.pids, task.pid) && takes(filter_.comms, task.comm);
}

bool Selection::is_wanted(const Socket& socket) const {
    if (!takes(filter_.ports, socket.local.port) && !takes(filter_.ports, socket.remote.port))
        return false;
    return filter_.connections.empty() ||
           std::ranges::any_of(filter_.connections,
                               [&](const ConnectionName& name) { return is_named(socket, name); });
}

bool Selection::is_named(const Socket& socket, const ConnectionName& name) const {
    if (const auto* ends = std::get_if<ConnectionEnds>(&name))
        return socket.local == ends->local && socket.remote == ends->remote;
    return numbers_.of(socket) == std::get<ConnectionNumber>(name).number;
}

// Records without a task belong to the processes that their socket's data are of.
bool Selection::is_of_wanted_process(const Socket& socket) const {
    if (!names_processes()) return true;
    const auto known = sockets_.find(socket);
    return known != sockets_.end() && known->second.is_of_process;
}

Result<void> Selection::keep(std::string_view bytes) {
    if (auto kept = keep_clocks(taken_ns_); !kept) return kept;
    ++kept_;
    kept_bytes_ += bytes.size();
    return out_.add(bytes);
}

Result<void> Selection::keep_clocks(std::uint64_t time_ns) {
    // A record may be older than the Clock before it, and of the time of another.
    while (clocks_.size() > 1 && clocks_[1].boottime_ns <= time_ns)
        clocks_.pop_front();
    for (const Clock& clock : std::exchange(clocks_, {})) {
        has_clock_ = true;
        if (auto added = out_.add(clock); !added) return added;
    }
    return {};
}

// What was said of the process and is not written yet.
Result<void> Selection::keep_process(std::uint32_t pid, std::uint64_t start_ns) {
    ProcessState& state = process({pid, start_ns});
    state.is_kept = true;
    const auto unwritten = states_.take_unwritten(pid, start_ns);
    if (!unwritten.record.empty()) {
        if (auto kept = keep(unwritten.record); !kept) return kept;
    }
    if (unwritten.snapshot != nullptr) {
        if (auto kept = keep_clocks(taken_ns_); !kept) return kept;
        if (auto added = out_.add(*unwritten.snapshot); !added) return added;
    }
    if (state.io_uring.empty()) return {};
    return keep(std::exchange(state.io_uring, {}));
}

Result<void> Selection::keep_fins(const Socket& socket) {
    const auto known = sockets_.find(socket);
    if (known == sockets_.end()) return {};
    for (std::string& fin : known->second.fins) {
        if (fin.empty()) continue;
        if (auto kept = keep(std::exchange(fin, {})); !kept) return kept;
    }
    return {};
}

Selection::ProcessState& Selection::process(const ProcessId& id) {
    const auto known = processes_.find(id);
    if (known != processes_.end()) return known->second;
    if (processes_.size() == kMaxProcesses) processes_.clear();
    return processes_[id];
}

Selection::SocketState& Selection::socket(const Socket& socket) {
    const auto known = sockets_.find(socket);
    if (known != sockets_.end()) return known->second;
    if (sockets_.size() == kMaxSockets) sockets_.clear();
    return sockets_[socket];
}

}  // namespace httpprof::format
