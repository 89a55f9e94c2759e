// Processes of their own that say one HTTP request each: shells, whose name, user, environment and
// place a test chooses.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <netinet/in.h>

#include "tests/support/child_process.h"

namespace httpprof::test {

// Accepts connections on loopback and reads one request from each.
class Listener {
  public:
    Listener();
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t port() const { return port_; }
    sockaddr_in address() const;
    // Connects a socket of this process with it.
    void connect(int client) const;
    // The request target of the next connection, which gets `answer` and is closed then.
    std::string take_request(std::string_view answer = {}) const;

  private:
    int descriptor_ = -1;
    std::uint16_t port_ = 0;
};

// Shell text that says "GET target" to the listener, with builtins only.
std::string say(const Listener& listener, const std::string& target);

// Runs a shell with this text to its end, while the listener takes one request.
void run_speaker(const Listener& listener, ChildProcess::Settings settings,
                 const std::string& script);

}  // namespace httpprof::test
