// Numbers in place of ephemeral ports.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "format/record.h"

namespace httpprof::replay {

// Those of clients and of servers, in one row. After 65535 it begins again.
class PortOrdinals {
  public:
    void add_server(std::uint16_t port) { servers_.try_emplace(port, std::uint16_t{0}); }
    // Of each connection.
    void add_client(const format::Endpoint& end);

    // 0 for a port that no server has.
    std::uint16_t of_server(std::uint16_t port);
    // Every connection has its own, though the kernel gives a port out again.
    std::uint16_t of_client(std::uint16_t port);
    // Of a client that others speak of: `before` ends with its address. 0 where there is none, or
    // several that it could be.
    std::uint16_t of_named_client(std::string_view before, std::uint16_t port);

  private:
    struct Client {
        format::Endpoint end;
        bool is_shared = false;  // by several connections
        std::uint16_t number = 0;
    };

    std::uint16_t next();
    std::uint16_t numbered(std::uint16_t& number);

    std::map<std::uint16_t, std::uint16_t> servers_;  // 0: did not appear yet
    std::map<std::uint16_t, Client> clients_;         // likewise
    std::uint16_t last_ = 0;
};

}  // namespace httpprof::replay
