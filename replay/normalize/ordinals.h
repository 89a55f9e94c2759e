// Numbers by order of appearance, from 1, in place of what a run has by chance.
#pragma once

#include <cstdint>
#include <map>

namespace httpprof::replay {

template <typename Key>
class Ordinals {
  public:
    std::uint64_t of(const Key& key) {
        return numbers_.try_emplace(key, numbers_.size() + 1).first->second;
    }

  private:
    std::map<Key, std::uint64_t> numbers_;
};

// Ephemeral ports, those of clients and of servers, in one row. After 65535 it begins again.
class PortOrdinals {
  public:
    void add_server(std::uint16_t port) { servers_.try_emplace(port, std::uint16_t{0}); }
    // 0 for a port that no server has.
    std::uint16_t of_server(std::uint16_t port) {
        const auto server = servers_.find(port);
        if (server == servers_.end()) return 0;
        if (server->second == 0) server->second = next();
        return server->second;
    }
    // Every connection has its own, though the kernel gives a port out again.
    std::uint16_t next() {
        if (++last_ == 0) ++last_;
        return last_;
    }

  private:
    std::map<std::uint16_t, std::uint16_t> servers_;  // 0: did not appear yet
    std::uint16_t last_ = 0;
};

}  // namespace httpprof::replay
