#include "tests/e2e/speaker.h"

#include <stdexcept>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/connection_pair.h"

namespace httpprof::test {

Listener::Listener() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = this->address();
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, 16) != 0 ||
        ::getsockname(descriptor_, generic, &size) != 0)
        throw std::runtime_error("cannot listen");
    port_ = ntohs(address.sin_port);
}

Listener::~Listener() {
    ::close(descriptor_);
}

sockaddr_in Listener::address() const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void Listener::connect(int client) const {
    const sockaddr_in to = address();
    if (::connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0)
        throw std::runtime_error("cannot connect");
}

std::string Listener::take_request(std::string_view answer) const {
    const int connection = ::accept(descriptor_, nullptr, nullptr);
    std::string request;
    char byte = 0;
    while (request.find("\r\n\r\n") == std::string::npos && ::read(connection, &byte, 1) == 1)
        request += byte;
    write_text(connection, answer);
    ::close(connection);
    const std::size_t start = request.find(' ') + 1;
    return request.substr(start, request.find(' ', start) - start);
}

std::string say(const Listener& listener, const std::string& target) {
    return "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(listener.port()) + "; printf 'GET " +
           target + " HTTP/1.1\\r\\nHost: test\\r\\n\\r\\n' >&3; read -r -u 3 answer; exec 3>&-; ";
}

void run_speaker(const Listener& listener, ChildProcess::Settings settings,
                 const std::string& script) {
    if (settings.command.empty()) settings.command = {"/bin/bash"};
    settings.command.insert(settings.command.end(), {"-c", script});
    ChildProcess speaker(settings);
    listener.take_request();
    speaker.wait();
    EXPECT_EQ(speaker.errors(), "");
}

}  // namespace httpprof::test
