#include "tests/e2e/connection_pair.h"

#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace httpprof::test {
namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    std::uint16_t port() const {
        return ntohs(storage.ss_family == AF_INET
                         ? reinterpret_cast<const sockaddr_in*>(&storage)->sin_port
                         : reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    }
};

Address loopback(int family, std::uint16_t port) {
    Address address;
    if (family == AF_INET) {
        auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
        *in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.size = sizeof(*in);
    } else {
        auto* in = reinterpret_cast<sockaddr_in6*>(&address.storage);
        in->sin6_family = AF_INET6;
        in->sin6_port = htons(port);
        in->sin6_addr = in6addr_loopback;
        address.size = sizeof(*in);
    }
    return address;
}

void check(int result, const char* what) {
    if (result < 0) throw std::runtime_error(what);
}

}  // namespace

ConnectionPair::ConnectionPair(int family, bool mapped) {
    const int listener = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(listener, "socket");
    Address bound = loopback(family, 0);
    if (mapped) reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_addr = in6addr_any;
    check(::bind(listener, bound.get(), bound.size), "bind");
    check(::listen(listener, 1), "listen");
    check(::getsockname(listener, bound.get(), &bound.size), "getsockname");
    server_port_ = bound.port();

    const int client_family = mapped ? AF_INET : family;
    client_ = ::socket(client_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    Address target = loopback(client_family, server_port_);
    check(::connect(client_, target.get(), target.size), "connect");
    server_ = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    check(server_, "accept");
    Address own;
    check(::getsockname(client_, own.get(), &own.size), "getsockname");
    client_port_ = own.port();
    ::close(listener);
}

ConnectionPair::~ConnectionPair() {
    close_client();
    close_server();
}

void ConnectionPair::close_client() {
    if (client_ >= 0) ::close(std::exchange(client_, -1));
}

void ConnectionPair::close_server() {
    if (server_ >= 0) ::close(std::exchange(server_, -1));
}

void write_text(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written <= 0) throw std::runtime_error("write");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string read_text(int descriptor, std::size_t size) {
    std::string text(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got = ::read(descriptor, text.data() + have, size - have);
        if (got <= 0) throw std::runtime_error("read");
        have += static_cast<std::size_t>(got);
    }
    return text;
}

}  // namespace httpprof::test
