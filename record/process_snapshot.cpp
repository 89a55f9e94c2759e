#include "record/process_snapshot.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "bpf/wire.h"
#include "format/descriptor.h"
#include "format/result.h"
#include "record/host.h"

namespace httpprof::record {
namespace {

constexpr std::size_t kMostWaiting = 4096;

std::string failure(const std::string& path) {
    return path + ": " + std::strerror(errno);
}

// The first `limit` bytes.
Result<std::string> read_file(const std::string& path, std::size_t limit) {
    const format::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open()) return Error{failure(path)};
    std::string content(limit, '\0');
    std::size_t size = 0;
    while (size < limit) {
        const ssize_t got = ::read(file.get(), content.data() + size, limit - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return Error{failure(path)};
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    content.resize(size);
    return content;
}

Result<std::string> read_link(const std::string& path) {
    std::array<char, 4096> target;
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    if (size < 0) return Error{failure(path)};
    return std::string(target.data(), static_cast<std::size_t>(size));
}

// Field 22 of /proc/PID/stat, in clock ticks since boot. The command name before it is in
// parentheses and may hold anything, parentheses included.
std::uint64_t start_ticks(const std::string& stat) {
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::istringstream fields(stat.substr(name_end + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number)
        fields >> field;
    return std::strtoull(field.c_str(), nullptr, 10);
}

bool is_same_process(const std::string& directory, std::uint64_t start_ns) {
    const Result<std::string> stat = read_file(directory + "/stat", 4096);
    const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return stat.ok() && start_ticks(*stat) == start_ns / (1'000'000'000 / ticks_per_second);
}

// Into `field`, or into the snapshot's error.
bool store(Result<std::string> result, std::string& field, std::string& error) {
    if (result.ok()) {
        field = std::move(*result);
        return true;
    }
    if (error.empty()) error = result.error().message;
    return false;
}

}  // namespace

format::Snapshot read_snapshot(const SnapshotRequest& request) {
    format::Snapshot snapshot;
    snapshot.time_ns = boottime_now();
    snapshot.pid = request.pid;
    snapshot.start_ns = request.start_ns;
    const std::string directory = "/proc/" + std::to_string(request.pid);

    std::string& error = snapshot.error;
    if (request.environment)
        snapshot.has_environment = store(read_file(directory + "/environ", WIRE_ENVIRONMENT_MAX),
                                         snapshot.environment, error);
    if (request.arguments)
        snapshot.has_arguments =
            store(read_file(directory + "/cmdline", WIRE_ARGUMENTS_MAX), snapshot.arguments, error);
    store(read_link(directory + "/exe"), snapshot.executable, error);

    // Asked last: what was read above is of the process that still is there now.
    if (!is_same_process(directory, request.start_ns)) {
        format::Snapshot gone;
        gone.time_ns = snapshot.time_ns;
        gone.pid = request.pid;
        gone.start_ns = request.start_ns;
        gone.error = error.empty() ? directory + ": the process has ended" : error;
        return gone;
    }
    return snapshot;
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
