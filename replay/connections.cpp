#include "replay/connections.h"

#include <algorithm>
#include <vector>

#include "replay/reorder.h"

namespace httpprof::replay {

void Connections::add(const format::DataRecord& record) {
    Entry& entry = entries_[key_of(record.socket)];
    if (!entry.connection) {
        entry.connection = std::make_unique<Connection>(++tally_.connections, record.socket, sink_,
                                                        tally_, options_);
        peers_.add(tally_.connections, record);
    }
    entry.connection->add(record);
    update(entry);
}

void Connections::add(const format::FinRecord& record) {
    const auto found = entries_.find(key_of(record.socket));
    if (found == entries_.end()) return;
    found->second.connection->add(record);
    update(found->second);
}

void Connections::add(const format::CloseRecord& record) {
    const auto found = entries_.find(key_of(record.socket));
    if (found == entries_.end()) return;
    found->second.connection->add(record);
    update(found->second);
    entries_.erase(found);
}

void Connections::advance(std::uint64_t newest_ns) {
    if (newest_ns < kReorderWindowNs) return;
    const std::uint64_t too_long_ago = newest_ns - kReorderWindowNs;
    while (!held_.empty() && held_.begin()->first.first < too_long_ago) {
        Entry& entry = *held_.begin()->second;
        entry.connection->stop_waiting_before(too_long_ago);
        update(entry);
    }
}

void Connections::cut() {
    std::vector<Connection*> open;
    for (auto& [key, entry] : entries_)
        open.push_back(entry.connection.get());
    std::ranges::sort(open, {}, &Connection::id);
    for (Connection* connection : open)
        connection->cut();
    held_.clear();
    open_.clear();
    entries_.clear();
}

std::uint64_t Connections::oldest_open_ns() const {
    return open_.empty() ? kNever : open_.begin()->first.first;
}

Connections::Key Connections::key_of(const format::Socket& socket) {
    return {socket.id, socket.local, socket.remote};
}

void Connections::move(ByTime& index, Entry& entry, std::uint64_t& known, std::uint64_t now) {
    if (known == now) return;
    const std::uint64_t id = entry.connection->id();
    if (known != kNever) index.erase({known, id});
    if (now != kNever) index.emplace(std::pair(now, id), &entry);
    known = now;
}

void Connections::update(Entry& entry) {
    move(held_, entry, entry.held_ns, entry.connection->held_since_ns());
    move(open_, entry, entry.open_ns, entry.connection->oldest_open_ns());
}

}  // namespace httpprof::replay
