#include "record/process_snapshot.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>

#include <unistd.h>

#include "bpf/wire.h"
#include "format/result.h"
#include "record/host.h"
#include "record/process_stat.h"
#include "record/read_file.h"

namespace httpprof::record {
namespace {

constexpr std::size_t kMostWaiting = 4096;
constexpr std::size_t kMostOfCgroups = 4096;  // bytes

Result<std::string> read_link(const std::string& path) {
    std::array<char, 4096> target;
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    if (size < 0) return Error{path + ": " + std::strerror(errno)};
    return std::string(target.data(), static_cast<std::size_t>(size));
}

bool is_same_program(const ProcessStat& stat, const SnapshotRequest& request) {
    const bool may_differ_in_environment = request.environment_size == 0;
    const auto as_recorded = [](std::uint64_t size) {
        return std::min<std::uint64_t>(size, std::numeric_limits<std::uint32_t>::max());
    };
    return as_recorded(stat.arguments_size) == request.arguments_size &&
           (may_differ_in_environment ||
            as_recorded(stat.environment_size) == request.environment_size) &&
           wire_address_space_tag(stat.arguments_address) == request.address_space_tag;
}

std::string process_directory(std::uint32_t pid) {
    return "/proc/" + std::to_string(pid);
}

bool has_ended(const SnapshotRequest& request) {
    const std::optional<ProcessStat> stat = read_process_stat(process_directory(request.pid));
    const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return !stat || stat->start_ticks != request.start_ns / (1'000'000'000 / ticks_per_second);
}

// Why what /proc says now is not of the program that was asked for; empty when it is.
std::string why_other(const std::string& directory, const SnapshotRequest& request) {
    const std::optional<ProcessStat> stat = read_process_stat(directory);
    if (!stat || has_ended(request)) return directory + ": the process has ended";
    if (is_same_program(*stat, request)) return {};
    const bool has_memory = stat->arguments_size != 0 || stat->environment_size != 0;
    return directory +
           (has_memory ? ": the process has executed another program" : ": the process has ended");
}

void note(std::string& error, const std::string& what) {
    if (error.empty()) error = what;
}

// Into `field`, or into the snapshot's error.
bool store(Result<std::string> result, std::string& field, std::string& error) {
    if (!result) {
        note(error, result.error().message);
        return false;
    }
    field = std::move(*result);
    return true;
}

// The same with the first `limit` bytes of a file.
bool store_file(const std::string& path, std::size_t limit, std::string& field,
                std::string& error) {
    if (!store(read_file(path, limit + 1), field, error)) return false;
    if (field.size() > limit) {
        field.resize(limit);
        note(error, path + ": cut at " + std::to_string(limit) + " bytes");
    }
    return true;
}

// `directory` is that of the process or of a thread of it.
format::Snapshot read_from(const std::string& directory, const SnapshotRequest& request) {
    format::Snapshot about;
    about.time_ns = boottime_now();
    about.pid = request.pid;
    about.start_ns = request.start_ns;
    about.exec_id = request.exec_id;

    format::Snapshot snapshot = about;
    std::string& error = snapshot.error;
    if (request.environment) {
        const std::string path = directory + "/environ";
        store_file(path, WIRE_ENVIRONMENT_MAX, snapshot.environment, error);
        snapshot.has_environment = !snapshot.environment.empty();
        if (!snapshot.has_environment) note(error, path + ": it cannot be read");
    }
    if (request.arguments)
        snapshot.has_arguments =
            store_file(directory + "/cmdline", WIRE_ARGUMENTS_MAX, snapshot.arguments, error);
    // Behind a title that was written over the end of the arguments, /proc goes on with variables.
    if (request.hides_environment && snapshot.arguments.size() > request.arguments_size)
        snapshot.arguments.resize(static_cast<std::size_t>(request.arguments_size));
    store(read_link(directory + "/exe"), snapshot.executable, error);
    store_file(directory + "/cgroup", kMostOfCgroups, snapshot.cgroups, error);

    // Asked last: what was read above is of the program that still is there now.
    const std::string other = why_other(directory, request);
    if (other.empty()) return snapshot;
    about.error = error.empty() ? other : error;
    return about;
}

}  // namespace

// What /proc says of a process is of its main thread, which has no memory and no cgroup any more
// when it has ended (pthread_exit), while others may go on.
format::Snapshot read_snapshot(const SnapshotRequest& request) {
    const std::string directory = process_directory(request.pid);
    format::Snapshot of_process = read_from(directory, request);
    if (!of_process.executable.empty() || request.tid == request.pid) return of_process;
    format::Snapshot of_thread =
        read_from(directory + "/task/" + std::to_string(request.tid), request);
    return of_thread.executable.empty() ? of_process : of_thread;
}

Snapshotter::Snapshotter(std::function<void(format::Snapshot)> deliver)
    : deliver_(std::move(deliver)), thread_([this] { run(); }) {}

bool Snapshotter::request(const SnapshotRequest& request) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= kMostWaiting) return false;
        waiting_.push_back(request);
    }
    changed_.notify_one();
    return true;
}

void Snapshotter::finish() {
    {
        const std::lock_guard lock(mutex_);
        finished_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Snapshotter::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return finished_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        const SnapshotRequest request = waiting_.front();
        waiting_.pop_front();
        lock.unlock();
        deliver_(read_snapshot(request));
    }
}

}  // namespace httpprof::record
