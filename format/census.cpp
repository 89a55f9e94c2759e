#include "format/census.h"

#include <algorithm>
#include <variant>

#include "format/keyed_hash.h"

namespace httpprof::format {
namespace {

// Sockets, and as many processes, that are remembered.
constexpr std::size_t kMaxRemembered = 262'144;

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

std::size_t Census::Hash::operator()(const SocketId& socket) const {
    return keyed_hash({socket.inode, socket.first_seen_ns, socket.netns});
}

std::size_t Census::Hash::operator()(const ProcessId& process) const {
    return keyed_hash({process.pid, process.start_ns, 0});
}

template <typename Key>
bool Census::Known<Key>::add(const Key& key, std::uint64_t slot) {
    std::optional<Key>& recent = recent_[slot % kSlots];
    if (recent == key) return false;
    if (keys_.size() == kMaxRemembered && !keys_.contains(key)) {
        keys_.clear();
        recent_.fill(std::nullopt);
    }
    recent = key;
    return keys_.insert(key).second;
}

template <typename Key>
void Census::Known<Key>::remove(const Key& key, std::uint64_t slot) {
    keys_.erase(key);
    recent_[slot % kSlots].reset();
}

void Census::add(const Record& record, std::size_t size) {
    ++records_;
    bytes_ += size;
    count_time(time_of(record));
    std::visit(Overloaded{
                   [this](const DataRecord& data) {
                       count(data.task);
                       count(data.socket);
                   },
                   [this](const ProcessRecord& process) { count(process.task); },
                   [this](const FinRecord& fin) { count(fin.socket); },
                   [this](const CloseRecord& close) {
                       count(close.socket);
                       open_.remove(close.socket.id, close.socket.id.inode);
                   },
                   [this](const IoUringRecord& io_uring) { count(io_uring.task); },
                   [](const MalformedRecord&) {},
               },
               record);
}

void Census::add(const WireRecord& wire_record) {
    const auto record = decode_record(wire_record);
    if (record)
        add(*record, wire_record.size());
    else
        add(MalformedRecord{record_time_ns(wire_record.fixed), {}}, wire_record.size());
}

Totals Census::totals() const {
    return {.frames = 0,
            .raw_bytes = 0,
            .connections = connections_,
            .processes = processes_,
            .first_time_ns = first_time_ns_,
            .last_time_ns = last_time_ns_};
}

void Census::count(const Task& task) {
    if (seen_.add({task.pid, task.start_ns}, task.pid)) ++processes_;
}

void Census::count(const Socket& socket) {
    if (open_.add(socket.id, socket.id.inode)) ++connections_;
}

void Census::count_time(std::uint64_t time_ns) {
    first_time_ns_ = records_ == 1 ? time_ns : std::min(first_time_ns_, time_ns);
    last_time_ns_ = std::max(last_time_ns_, time_ns);
}

}  // namespace httpprof::format
