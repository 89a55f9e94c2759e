#include "replay/connections.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "replay/reorder.h"

namespace httpprof::replay {
namespace {

// What a connection takes here, its places in the maps and lists included.
constexpr std::size_t kAroundConnection = 512;

}  // namespace

void Connections::add(const format::DataRecord& record) {
    const auto found = entries_.try_emplace(record.socket).first;
    Entry& entry = found->second;
    if (!entry.connection) {
        entry.connection = std::make_unique<Connection>(++tally_.connections, record.socket, sink_,
                                                        tally_, options_);
        entry.by_quiet = by_quiet_.insert(by_quiet_.end(), &found->first);
        peers_.add(tally_.connections, record);
    }
    by_quiet_.splice(by_quiet_.end(), by_quiet_, entry.by_quiet);
    entry.connection->add(record);
    update(entry);
    bound_memory();
}

void Connections::add(const format::FinRecord& record) {
    const auto found = entries_.find(record.socket);
    if (found == entries_.end()) return;
    found->second.connection->add(record);
    update(found->second);
}

void Connections::add(const format::CloseRecord& record) {
    const auto found = entries_.find(record.socket);
    if (found == entries_.end()) return;
    found->second.connection->add(record);
    remove(found);
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
    by_quiet_.clear();
    entries_.clear();
    memory_ = 0;
}

std::uint64_t Connections::oldest_open_ns() const {
    return open_.empty() ? kNever : open_.begin()->first.first;
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
    const std::size_t before =
        std::exchange(entry.memory, kAroundConnection + entry.connection->memory());
    memory_ += entry.memory - before;
}

void Connections::remove(Entries::iterator entry) {
    move(held_, entry->second, entry->second.held_ns, kNever);
    move(open_, entry->second, entry->second.open_ns, kNever);
    memory_ -= entry->second.memory;
    by_quiet_.erase(entry->second.by_quiet);
    entries_.erase(entry);
}

void Connections::bound_memory() {
    while (memory_ > limit_) {
        const Entries::iterator quietest = entries_.find(*by_quiet_.front());
        quietest->second.connection->give_up();
        ++tally_.given_up_connections;
        remove(quietest);
    }
}

}  // namespace httpprof::replay
