#include "format/process_states.h"

#include <utility>

namespace httpprof::format {
namespace {

constexpr std::size_t kMaxSize = 16 * 1024 * 1024;
// Of a process, beside the bytes that were said about it: the entries of list and map, rounded up.
constexpr std::size_t kOverhead = 1024;

}  // namespace

std::size_t size_of(const Snapshot& snapshot) {
    return snapshot.executable.size() + snapshot.arguments.size() + snapshot.environment.size() +
           snapshot.error.size() + snapshot.cgroups.size();
}

void ProcessStates::add(const ProcessRecord& record, std::string_view bytes, bool written) {
    State& state = get({record.task.pid, record.task.start_ns});
    const auto is_of_record = [&](const std::optional<KnownSnapshot>& known) {
        return known && known->snapshot.exec_id == record.exec_id;
    };
    if (is_of_record(state.early)) state.snapshot = std::exchange(state.early, std::nullopt);
    if (!is_of_record(state.snapshot)) state.snapshot.reset();
    state.early.reset();
    state.record = bytes;
    state.exec_id = record.exec_id;
    state.record_in_file = written ? file_ : 0;
    settle_size(state);
}

void ProcessStates::add(const Snapshot& snapshot, bool written) {
    State& state = get({snapshot.pid, snapshot.start_ns});
    const bool is_early = !state.record.empty() && snapshot.exec_id != state.exec_id;
    auto& known = is_early ? state.early : state.snapshot;
    known = KnownSnapshot{.snapshot = snapshot, .in_file = written ? file_ : 0};
    settle_size(state);
}

bool ProcessStates::has(const ProcessRecord& record, std::string_view bytes) {
    const auto found = find({record.task.pid, record.task.start_ns});
    return found != states_.end() && found->record == bytes;
}

bool ProcessStates::has(const Snapshot& snapshot) {
    const auto found = find({snapshot.pid, snapshot.start_ns});
    if (found == states_.end()) return false;
    const auto is_same = [&](const std::optional<KnownSnapshot>& known) {
        return known && known->snapshot == snapshot;
    };
    return is_same(found->snapshot) || is_same(found->early);
}

ProcessStates::Unwritten ProcessStates::take_unwritten(std::uint32_t pid, std::uint64_t start_ns) {
    const auto found = find({pid, start_ns});
    if (found == states_.end()) return {};
    State& state = *found;
    Unwritten unwritten;
    if (std::exchange(state.record_in_file, file_) != file_) unwritten.record = state.record;
    if (state.snapshot && std::exchange(state.snapshot->in_file, file_) != file_)
        unwritten.snapshot = &state.snapshot->snapshot;
    return unwritten;
}

// Records of one process mostly follow each other.
ProcessStates::States::iterator ProcessStates::find(const ProcessId& process) {
    if (!states_.empty() && states_.front().process == process) return states_.begin();
    const auto place = places_.find(process);
    if (place == places_.end()) return states_.end();
    states_.splice(states_.begin(), states_, place->second);
    return states_.begin();
}

ProcessStates::State& ProcessStates::get(const ProcessId& process) {
    if (const auto found = find(process); found != states_.end()) return *found;
    states_.emplace_front().process = process;
    places_.emplace(process, states_.begin());
    return states_.front();
}

// `state` is the first.
void ProcessStates::settle_size(State& state) {
    const std::size_t size = kOverhead + state.record.size() +
                             (state.snapshot ? size_of(state.snapshot->snapshot) : 0) +
                             (state.early ? size_of(state.early->snapshot) : 0);
    size_ += size - state.size;
    state.size = size;
    while (size_ > kMaxSize) {
        size_ -= states_.back().size;
        places_.erase(states_.back().process);
        states_.pop_back();
    }
}

}  // namespace httpprof::format
