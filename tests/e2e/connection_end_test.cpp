// How connections end: what was said until then is there, and nothing is made up.
#include <string>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"

namespace httpprof::test {
namespace {

using nlohmann::json;

const std::string kRequest = "GET /end HTTP/1.1\r\nHost: test\r\n\r\n";

class ConnectionEndTest : public LiveTest {
  protected:
    void record_on(const ConnectionPair& pair, std::vector<std::string> options = {}) {
        options.insert(options.end(), {"--port", std::to_string(pair.server_port())});
        start_recording(options);
    }
};

void set_option(int descriptor, int option, int value) {
    ASSERT_EQ(::setsockopt(descriptor, SOL_SOCKET, option, &value, sizeof(value)), 0);
}

void reset(int descriptor) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ASSERT_EQ(::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
}

void wait_until_readable(int descriptor) {
    pollfd wanted{.fd = descriptor, .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&wanted, 1, 30'000), 1);
}

// The call has queued what fits, and returns that much when the reset comes.
TEST_F(ConnectionEndTest, ResetWithinASendCallKeepsWhatItSent) {
    ConnectionPair pair(AF_INET);
    set_option(pair.server(), SO_SNDBUF, 16 * 1024);
    set_option(pair.client(), SO_RCVBUF, 16 * 1024);
    record_on(pair, {"--snaplen", "1MiB"});
    write_text(pair.client(), kRequest);
    read_text(pair.server(), kRequest.size());
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    write_text(pair.server(), head);
    read_text(pair.client(), head.size());
    std::string body(1'000'000, ' ');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>('a' + i % 23);
    ssize_t sent = 0;
    std::thread writer([&] { sent = ::send(pair.server(), body.data(), body.size(), MSG_NOSIGNAL); });
    wait_until_readable(pair.client());
    reset(pair.client());
    pair.close_client();
    writer.join();
    pair.close_server();
    stop_recording();

    ASSERT_GT(sent, static_cast<ssize_t>(head.size()));
    ASSERT_LT(sent, static_cast<ssize_t>(body.size()));
    const std::vector<json> responses = with(with(analyze(), "status_code", 200), "direction", "send");
    ASSERT_EQ(responses.size(), 1u);
    EXPECT_EQ(responses[0]["body"], body.substr(0, static_cast<std::size_t>(sent)));
    EXPECT_EQ(responses[0]["truncated"], true);
    EXPECT_EQ(account()["duplicate_bytes"], 0);
}

}  // namespace
}  // namespace httpprof::test
