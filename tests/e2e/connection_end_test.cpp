// How connections end: what was said until then is there, and nothing is made up.
#include <string>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"
#include "tests/e2e/speaker.h"

namespace httpprof::test {
namespace {

using nlohmann::json;

const std::string kGetEnd = "GET /end HTTP/1.1\r\nHost: test\r\n\r\n";

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

void wait_for(int descriptor, short events) {
    pollfd wanted{.fd = descriptor, .events = events, .revents = 0};
    ASSERT_EQ(::poll(&wanted, 1, 30'000), 1);
    ASSERT_TRUE(wanted.revents & events);
}

// The call has queued what fits, and returns that much when the reset comes.
TEST_F(ConnectionEndTest, ResetWithinASendCallKeepsWhatItSent) {
    ConnectionPair pair(AF_INET);
    set_option(pair.server(), SO_SNDBUF, 16 * 1024);
    set_option(pair.client(), SO_RCVBUF, 16 * 1024);
    record_on(pair, {"--snaplen", "1MiB"});
    write_text(pair.client(), kGetEnd);
    read_text(pair.server(), kGetEnd.size());
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    write_text(pair.server(), head);
    read_text(pair.client(), head.size());
    std::string body(1'000'000, ' ');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>('a' + i % 23);
    ssize_t sent = 0;
    std::thread writer(
        [&] { sent = ::send(pair.server(), body.data(), body.size(), MSG_NOSIGNAL); });
    wait_for(pair.client(), POLLIN);
    reset(pair.client());
    pair.close_client();
    writer.join();
    pair.close_server();
    stop_recording();

    ASSERT_GT(sent, static_cast<ssize_t>(head.size()));
    ASSERT_LT(sent, static_cast<ssize_t>(body.size()));
    const std::vector<json> responses =
        with(with(analyze(), "status_code", 200), "direction", "send");
    ASSERT_EQ(responses.size(), 1u);
    EXPECT_EQ(responses[0].value("body", ""), body.substr(0, static_cast<std::size_t>(sent)));
    EXPECT_EQ(responses[0].value("truncated", false), true);
    EXPECT_EQ(account()["duplicate_bytes"], 0);
}

// The response head is read, its body is there, and so perhaps is the server's FIN.
class UnreadTest : public ConnectionEndTest {
  protected:
    void answer_and_read_the_head(ConnectionPair& pair) {
        record_on(pair);
        write_text(pair.client(), kGetEnd);
        read_text(pair.server(), kGetEnd.size());
        write_text(pair.server(), head_ + std::string(kBody, 'b'));
        EXPECT_EQ(read_text(pair.client(), head_.size()), head_);
        while (unread(pair.client()) < kBody)
            std::this_thread::yield();
    }

    static std::size_t unread(int descriptor) {
        int bytes = 0;
        EXPECT_EQ(::ioctl(descriptor, FIONREAD, &bytes), 0);
        return static_cast<std::size_t>(bytes);
    }

    void expect_an_unread_body() {
        const std::vector<json> received =
            with(with(analyze({"--strict"}), "status_code", 200), "direction", "recv");
        ASSERT_EQ(received.size(), 1u);
        const json gap = {{{"offset", head_.size()}, {"length", kBody}, {"cause", "unread"}}};
        EXPECT_EQ(received[0]["gaps"], gap);
        EXPECT_EQ(received[0]["body_size"], kBody);
        EXPECT_FALSE(received[0].contains("truncated"));
        const json missing = {{{"cause", "unread"}, {"bytes", kBody}}};
        EXPECT_EQ(account()["missing"], missing);
    }

    static constexpr std::size_t kBody = 1000;
    const std::string head_ = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
};

TEST_F(UnreadTest, BeforeTheFin) {
    ConnectionPair pair(AF_INET);
    answer_and_read_the_head(pair);
    pair.close_client();
    pair.close_server();
    stop_recording();
    expect_an_unread_body();
}

TEST_F(UnreadTest, BehindTheFin) {
    ConnectionPair pair(AF_INET);
    answer_and_read_the_head(pair);
    pair.close_server();
    wait_for(pair.client(), POLLRDHUP);
    pair.close_client();
    stop_recording();
    expect_an_unread_body();
}

// The kernel counts as read what it throws away then.
TEST_F(UnreadTest, WhenTheProcessResets) {
    ConnectionPair pair(AF_INET);
    answer_and_read_the_head(pair);
    reset(pair.client());
    pair.close_client();
    pair.close_server();
    stop_recording();
    expect_an_unread_body();
}

TEST_F(UnreadTest, WhenThePeerResets) {
    ConnectionPair pair(AF_INET);
    answer_and_read_the_head(pair);
    reset(pair.server());
    pair.close_server();
    wait_for(pair.client(), POLLHUP);
    pair.close_client();
    stop_recording();
    expect_an_unread_body();
}

// What was there before a reset can still be read.
TEST_F(UnreadTest, IsNotWhatIsReadAfterAReset) {
    ConnectionPair pair(AF_INET);
    answer_and_read_the_head(pair);
    reset(pair.server());
    pair.close_server();
    wait_for(pair.client(), POLLHUP);
    EXPECT_EQ(read_text(pair.client(), kBody), std::string(kBody, 'b'));
    pair.close_client();
    stop_recording();
    for (const json& response : with(analyze({"--strict"}), "status_code", 200)) {
        EXPECT_EQ(response["body"], std::string(kBody, 'b'));
        EXPECT_FALSE(response.contains("gaps"));
    }
    EXPECT_EQ(account()["missing"], json::array());
}

// A socket that the kernel closed gives up its port, but had it.
TEST_F(ConnectionEndTest, FirstReadAfterAResetHasThePort) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    write_text(pair.client(), kGetEnd);
    reset(pair.client());
    pair.close_client();
    wait_for(pair.server(), POLLHUP);
    EXPECT_EQ(read_text(pair.server(), kGetEnd.size()), kGetEnd);
    stop_recording();
    const std::vector<json> read = with(with(analyze(), "url", "/end"), "direction", "recv");
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(read[0]["dest_port"], pair.server_port());
    EXPECT_EQ(read[0]["source_port"], pair.client_port());
}

class EarlierFinTest : public ConnectionEndTest {
  protected:
    // The server has answered and closed before the recording begins; the client reads it then.
    void read_what_was_said_before(const std::vector<std::string>& options) {
        ConnectionPair pair(AF_INET);
        write_text(pair.client(), kGetEnd);
        read_text(pair.server(), kGetEnd.size());
        write_text(pair.server(), response_);
        pair.close_server();
        wait_for(pair.client(), POLLRDHUP);
        record_on(pair, options);
        EXPECT_EQ(read_text(pair.client(), response_.size()), response_);
        pair.close_client();
        stop_recording();
    }

    void expect_a_whole_response() {
        const std::vector<json> responses = with(analyze({"--strict"}), "status_code", 200);
        ASSERT_EQ(responses.size(), 1u);
        EXPECT_EQ(responses[0]["body"], "until the end");
        EXPECT_FALSE(responses[0].contains("truncated")) << responses[0];
    }

    const std::string response_ = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
};

TEST_F(EarlierFinTest, EndsABodyOfAnOlderConnection) {
    read_what_was_said_before({});
    expect_a_whole_response();
}

TEST_F(EarlierFinTest, EndsABodyWhenAllSocketsAreRecorded) {
    read_what_was_said_before({"--sockets", "all"});
    expect_a_whole_response();
}

TEST_F(EarlierFinTest, OfBothDirections) {
    ConnectionPair pair(AF_INET);
    write_text(pair.client(), kGetEnd);
    ::shutdown(pair.client(), SHUT_WR);
    read_text(pair.server(), kGetEnd.size());
    write_text(pair.server(), response_);
    pair.close_server();
    wait_for(pair.client(), POLLHUP);
    record_on(pair);
    EXPECT_EQ(read_text(pair.client(), response_.size()), response_);
    pair.close_client();
    stop_recording();
    expect_a_whole_response();
}

// The FIN waits for the response before it, which the client is slow to take, and the close comes
// while it does.
TEST_F(ConnectionEndTest, ShutdownAndCloseAreOneFin) {
    ConnectionPair pair(AF_INET);
    set_option(pair.server(), SO_SNDBUF, 1024 * 1024);
    set_option(pair.client(), SO_RCVBUF, 16 * 1024);
    record_on(pair);
    write_text(pair.client(), kGetEnd);
    read_text(pair.server(), kGetEnd.size());
    const std::string response =
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(300'000, 'b');
    write_text(pair.server(), response);
    ASSERT_EQ(::shutdown(pair.server(), SHUT_WR), 0);
    pair.close_server();
    EXPECT_EQ(read_text(pair.client(), response.size()), response);
    pair.close_client();
    stop_recording();

    const std::vector<json> of_server =
        with(with(dump(), "local_port", pair.server_port()), "direction", 1);
    const std::vector<json> fins = with(of_server, "type", "fin");
    const std::vector<json> sent = with(of_server, "type", "data");
    ASSERT_EQ(fins.size(), 1u);
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(fins[0]["position"].get<std::uint64_t>(),
              sent[0]["position"].get<std::uint64_t>() + response.size());
}

// connect(2) to no address ends a connection, and the socket can have another one.
TEST_F(ConnectionEndTest, SocketThatIsConnectedAnew) {
    const Listener first;
    const Listener second;
    start_recording(
        {"--port", std::to_string(first.port()), "--port", std::to_string(second.port())});
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (const Listener* listener : {&first, &second, &first}) {
        listener->connect(client);
        write_text(client, kGetEnd);
        EXPECT_EQ(listener->take_request(), "/end");
        const sockaddr nowhere{.sa_family = AF_UNSPEC, .sa_data = {}};
        ASSERT_EQ(::connect(client, &nowhere, sizeof(nowhere)), 0);
    }
    ::close(client);
    stop_recording();

    const std::vector<json> sent = with(analyze({"--strict"}), "direction", "send");
    ASSERT_EQ(sent.size(), 3u);
    EXPECT_EQ(sent[0]["dest_port"], first.port());
    EXPECT_EQ(sent[1]["dest_port"], second.port());
    EXPECT_EQ(sent[2]["dest_port"], first.port());
    for (const json& request : sent)
        EXPECT_EQ(request["raw_payload"], kGetEnd);
    EXPECT_EQ(account()["connections"], 6);
}

}  // namespace
}  // namespace httpprof::test
