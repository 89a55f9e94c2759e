// Two connected TCP sockets over loopback, both in this process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace httpprof::test {

class ConnectionPair {
  public:
    // `family`: AF_INET or AF_INET6. `mapped`: IPv4 traffic over an IPv6 listener.
    explicit ConnectionPair(int family, bool mapped = false);
    ~ConnectionPair();
    ConnectionPair(const ConnectionPair&) = delete;
    ConnectionPair& operator=(const ConnectionPair&) = delete;

    int client() const { return client_; }
    int server() const { return server_; }
    std::uint16_t server_port() const { return server_port_; }
    std::uint16_t client_port() const { return client_port_; }
    void close_client();
    void close_server();

  private:
    int client_ = -1;
    int server_ = -1;
    std::uint16_t server_port_ = 0;
    std::uint16_t client_port_ = 0;
};

// write(2) all of `bytes`; read(2) until `size` bytes came.
void write_text(int descriptor, std::string_view bytes);
std::string read_text(int descriptor, std::size_t size);

}  // namespace httpprof::test
