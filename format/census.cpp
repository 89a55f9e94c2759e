#include "format/census.h"

#include <algorithm>
#include <cstddef>
#include <variant>

#include "bpf/wire.h"
#include "format/bytes.h"

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
    count_record(time_of(record), size);
    std::visit(Overloaded{
                   [this](const DataRecord& data) {
                       count_missing(data);
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
    if (is_whole_of_recent(wire_record))
        return count_record(record_time_ns(wire_record.fixed), wire_record.size());
    const auto record = decode_record(wire_record);
    if (record)
        add(*record, wire_record.size());
    else
        add(MalformedRecord{record_time_ns(wire_record.fixed), {}}, wire_record.size());
}

// Most records are data of a process and a socket that have just been counted, and carry all of
// their bytes. Such a one changes no other count, whatever else is in it, so that it need not be
// decoded.
bool Census::is_whole_of_recent(const WireRecord& wire_record) const {
    const std::string_view fixed = wire_record.fixed;
    if (fixed.size() < sizeof(wire_data)) return false;
    const auto number = [&]<typename T>(T, std::size_t offset) {
        return load_little_endian<T>(fixed.data() + offset);
    };
    if (number(std::uint16_t{}, offsetof(wire_header, type)) != WIRE_DATA) return false;
    if (number(std::uint32_t{}, offsetof(wire_data, captured_size)) !=
        number(std::uint32_t{}, offsetof(wire_data, original_size)))
        return false;
    const auto pid = number(std::uint32_t{}, offsetof(wire_data, task.pid));
    const auto start_ns = number(std::uint64_t{}, offsetof(wire_data, task.start_ns));
    const auto inode = number(std::uint64_t{}, offsetof(wire_data, socket.inode));
    const SocketId socket{
        .inode = inode,
        .first_seen_ns = number(std::uint64_t{}, offsetof(wire_data, socket.first_seen_ns)),
        .netns = number(std::uint32_t{}, offsetof(wire_data, socket.netns))};
    return seen_.is_recent({pid, start_ns}, pid) && open_.is_recent(socket, inode);
}

Totals Census::totals() const {
    return {.frames = 0,
            .raw_bytes = 0,
            .connections = connections_,
            .processes = processes_,
            .first_time_ns = first_time_ns_,
            .last_time_ns = last_time_ns_};
}

void Census::count_record(std::uint64_t time_ns, std::size_t size) {
    ++records_;
    bytes_ += size;
    first_time_ns_ = records_ == 1 ? time_ns : std::min(first_time_ns_, time_ns);
    last_time_ns_ = std::max(last_time_ns_, time_ns);
}

void Census::count_missing(const DataRecord& data) {
    if (data.missing == MissingCause::none) return;
    Missing& missing = missing_[data.missing];
    ++missing.records;
    missing.bytes += data.original_size - data.payload.size();
}

std::vector<Counter> Census::missing() const {
    std::vector<Counter> counters;
    for (const auto& [cause, missing] : missing_)
        counters.push_back({std::string(to_string(cause)), missing.records, missing.bytes});
    return counters;
}

void Census::count(const Task& task) {
    if (seen_.add({task.pid, task.start_ns}, task.pid)) ++processes_;
}

void Census::count(const Socket& socket) {
    if (open_.add(socket.id, socket.id.inode)) ++connections_;
}

}  // namespace httpprof::format
