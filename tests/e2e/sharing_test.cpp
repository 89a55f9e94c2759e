// Sockets in unusual hands, and streams of unusual length.
#include <array>
#include <atomic>
#include <thread>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"

namespace httpprof::test {
namespace {

using nlohmann::json;

const std::string kGetShared = "GET /shared HTTP/1.1\r\nHost: test\r\n\r\n";

using SharingTest = LiveTest;
using SlowSharingTest = LiveTest;

template <typename Work>
pid_t in_child(Work work) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    work();
    ::_exit(0);
}

TEST_F(SharingTest, DuplicatedAndInheritedDescriptors) {
    ConnectionPair pair(AF_INET);
    const int duplicate = ::dup(pair.client());
    start_recording({"--port", std::to_string(pair.server_port())});
    write_text(pair.client(), kGetShared);
    write_text(duplicate, kGetShared);
    const pid_t child = in_child([&] { write_text(duplicate, kGetShared); });
    ::waitpid(child, nullptr, 0);
    read_text(pair.server(), 3 * kGetShared.size());
    stop_recording();
    ::close(duplicate);

    const std::vector<json> events = with(analyze(), "raw_payload", kGetShared);
    EXPECT_EQ(with(events, "direction", "send").size(), 3u);
    EXPECT_EQ(with(with(events, "direction", "send"), "pid", child).size(), 1u);
    EXPECT_EQ(with(events, "direction", "recv").size(), 3u);
    for (const json& event : with(events, "direction", "send"))
        EXPECT_EQ(event["connection"], events[0]["connection"]);
}

// One after the other, by a lock: each write is a request, of whatever thread.
TEST_F(SharingTest, ThreadsTakingTurns) {
    constexpr int kThreads = 4;
    constexpr int kRequests = 200;
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    std::mutex turn;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < kRequests; ++n) {
                const std::lock_guard lock(turn);
                write_text(pair.client(), kGetShared);
            }
        });
    }
    read_text(pair.server(), kThreads * kRequests * kGetShared.size());
    for (std::thread& thread : threads)
        thread.join();
    stop_recording();

    const std::vector<json> events = with(analyze(), "raw_payload", kGetShared);
    EXPECT_EQ(with(events, "direction", "send").size(), std::size_t{kThreads * kRequests});
    EXPECT_EQ(with(events, "direction", "recv").size(), std::size_t{kThreads * kRequests});
}

// Whether the thread of this process waits, in a system call as it is supposed.
bool is_sleeping(pid_t thread) {
    const std::string stat = read_file("/proc/self/task/" + std::to_string(thread) + "/stat");
    return stat.find(") S ") != std::string::npos;
}

// A call that waits has its socket, whatever its descriptor becomes; where it returns only the
// descriptor is known.
TEST_F(SharingTest, BytesOfADescriptorThatBecameAnotherAreLostAndCounted) {
    ConnectionPair waiting(AF_INET);
    ConnectionPair fresh(AF_INET);
    start_recording({"--port", std::to_string(waiting.server_port()), "--port",
                     std::to_string(fresh.server_port())});
    std::atomic<pid_t> thread = 0;
    std::thread reader([&] {
        thread = ::gettid();
        EXPECT_EQ(read_text(waiting.server(), kGetShared.size()), kGetShared);
    });
    while (thread == 0 || !is_sleeping(thread))
        std::this_thread::yield();
    write_text(fresh.client(), kGetShared);
    ::dup2(fresh.server(), waiting.server());
    write_text(waiting.client(), kGetShared);
    reader.join();
    EXPECT_EQ(read_text(fresh.server(), kGetShared.size()), kGetShared);
    stop_recording();

    const std::vector<json> received = with(analyze(), "direction", "recv");
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0]["source_port"], fresh.client_port());
    EXPECT_EQ(received[0]["raw_payload"], kGetShared);
    const json lost = account()["lost"];
    ASSERT_EQ(lost.size(), 1u) << lost;
    EXPECT_EQ(lost[0]["cause"], "misplaced") << lost;
    EXPECT_EQ(lost[0]["bytes"], kGetShared.size()) << lost;
}

TEST_F(SharingTest, HalfClosedConnectionGoesOnInTheOtherDirection) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    write_text(pair.client(), kGetShared);
    ::shutdown(pair.client(), SHUT_WR);
    EXPECT_EQ(read_text(pair.server(), kGetShared.size()), kGetShared);
    const std::string response = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
    write_text(pair.server(), response);
    pair.close_server();
    EXPECT_EQ(read_text(pair.client(), response.size()), response);
    pair.close_client();
    stop_recording();

    const std::vector<json> responses = with(analyze(), "status_code", 200);
    ASSERT_EQ(responses.size(), 2u);
    for (const json& event : responses) {
        EXPECT_EQ(event["body"], "until the end");
        EXPECT_FALSE(event.contains("truncated")) << event;
    }
}

TEST_F(SharingTest, ResetCutsABodyThatEndsWithTheConnection) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    write_text(pair.client(), kGetShared);
    read_text(pair.server(), kGetShared.size());
    const std::string response = "HTTP/1.1 200 OK\r\n\r\nnot all of it";
    write_text(pair.server(), response);
    EXPECT_EQ(read_text(pair.client(), response.size()), response);
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(pair.server(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    pair.close_server();
    char byte = 0;
    EXPECT_EQ(::read(pair.client(), &byte, 1), -1);
    pair.close_client();
    stop_recording();

    const std::vector<json> responses = with(analyze(), "status_code", 200);
    ASSERT_EQ(responses.size(), 2u);
    for (const json& event : responses) {
        EXPECT_EQ(event["body"], "not all of it");
        EXPECT_EQ(event["truncated"], true) << event;
    }
}

// More bytes than a difference of sequence numbers, and than a record, can count.
constexpr std::size_t kFiveGigabytes = std::size_t{5} << 30;

// By one call.
void write_five_gigabytes(int fd) {
    std::vector<char> bytes(kFiveGigabytes / 5, 'p');
    iovec vector{bytes.data(), bytes.size()};
    std::array<mmsghdr, 5> messages{};
    for (mmsghdr& message : messages) {
        message.msg_hdr.msg_iov = &vector;
        message.msg_hdr.msg_iovlen = 1;
    }
    EXPECT_EQ(::sendmmsg(fd, messages.data(), messages.size(), 0), int{messages.size()});
}

void discard_five_gigabytes(int fd) {
    for (std::size_t left = kFiveGigabytes; left > 0;) {
        const ssize_t got = ::recv(fd, nullptr, left, MSG_TRUNC);
        if (got <= 0) return;
        left -= static_cast<std::size_t>(got);
    }
}

std::string head_of_five_gigabytes() {
    return "PUT / HTTP/1.1\r\nContent-Length: " + std::to_string(kFiveGigabytes) + "\r\n\r\n";
}

TEST_F(SlowSharingTest, FiveGigabytesByOneCall) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port()), "--snaplen", "64"});
    const std::string head = head_of_five_gigabytes();
    write_text(pair.client(), head);
    EXPECT_EQ(read_text(pair.server(), head.size()), head);
    std::thread reader([&] { discard_five_gigabytes(pair.server()); });
    write_five_gigabytes(pair.client());
    reader.join();
    write_text(pair.client(), kGetShared);
    read_text(pair.server(), kGetShared.size());
    stop_recording();

    const std::vector<json> events = analyze();
    EXPECT_EQ(with(events, "body_size", kFiveGigabytes).size(), 2u);
    EXPECT_EQ(with(events, "raw_payload", kGetShared).size(), 2u);
    const std::vector<json> sent = with(with(events, "method", "PUT"), "direction", "send");
    ASSERT_EQ(sent.size(), 1u);
    ASSERT_EQ(sent[0]["gaps"].size(), 1u) << sent[0]["gaps"];
    EXPECT_EQ(sent[0]["gaps"][0]["cause"], "snaplen");
    EXPECT_EQ(sent[0]["gaps"][0]["length"], kFiveGigabytes - 64);
}

// The recorder does not see the calls that move them, and sequence numbers have 32 bits.
TEST_F(SlowSharingTest, FiveGigabytesByUnrecordedProcesses) {
    ConnectionPair pair(AF_INET);
    start_recording({"--pid", std::to_string(::getpid())});
    const std::string head = head_of_five_gigabytes();
    write_text(pair.client(), head);
    EXPECT_EQ(read_text(pair.server(), head.size()), head);
    const pid_t writer = in_child([&] { write_five_gigabytes(pair.client()); });
    const pid_t reader = in_child([&] { discard_five_gigabytes(pair.server()); });
    ::waitpid(writer, nullptr, 0);
    ::waitpid(reader, nullptr, 0);
    write_text(pair.client(), kGetShared);
    read_text(pair.server(), kGetShared.size());
    stop_recording();
    EXPECT_NE(recorder().errors().find("lost: nothing"), std::string::npos) << recorder().errors();

    const std::vector<json> events = analyze();
    EXPECT_EQ(with(events, "raw_payload", kGetShared).size(), 2u);
    const std::vector<json> puts = with(events, "method", "PUT");
    ASSERT_EQ(puts.size(), 2u);
    for (const json& put : puts) {
        ASSERT_EQ(put["gaps"].size(), 1u) << put["gaps"];
        EXPECT_EQ(put["gaps"][0]["length"], kFiveGigabytes);
    }
}

// Sequence numbers have 32 bits.
TEST_F(SlowSharingTest, PositionsBeyondFourGigabytes) {
    constexpr std::uint64_t kBody = (std::uint64_t{1} << 32) + 12'345;
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port()), "--snaplen", "64"});
    std::thread reader([&] {
        std::vector<char> buffer(1 << 20);
        std::uint64_t left = kBody;
        const std::string head =
            "PUT / HTTP/1.1\r\nContent-Length: " + std::to_string(kBody) + "\r\n\r\n";
        left += head.size();
        while (left > 0) {
            const ssize_t got = ::read(pair.server(), buffer.data(), buffer.size());
            if (got <= 0) return;
            left -= static_cast<std::uint64_t>(got);
        }
    });
    write_text(pair.client(),
               "PUT / HTTP/1.1\r\nContent-Length: " + std::to_string(kBody) + "\r\n\r\n");
    const std::string piece(1 << 20, 'p');
    for (std::uint64_t left = kBody; left > 0;) {
        const std::uint64_t size = std::min<std::uint64_t>(left, piece.size());
        write_text(pair.client(), std::string_view(piece).substr(0, size));
        left -= size;
    }
    reader.join();
    write_text(pair.client(), kGetShared);
    read_text(pair.server(), kGetShared.size());
    stop_recording();

    const std::vector<json> events = analyze({"--env-out", file("env.yaml")});
    for (const json& put : with(events, "method", "PUT"))
        EXPECT_EQ(put["body_size"], kBody);
    EXPECT_EQ(with(events, "method", "PUT").size(), 2u);
    EXPECT_EQ(with(events, "raw_payload", kGetShared).size(), 2u);
}

// More connections than the kernel's table has room for, one after the other.
TEST_F(SlowSharingTest, ShortConnectionsLeaveNothingBehind) {
    constexpr int kConnections = 70'000;
    start_recording({"--pid", std::to_string(::getpid()), "--snaplen", "64"});
    for (int i = 0; i < kConnections; ++i) {
        ConnectionPair pair(AF_INET);
        write_text(pair.client(), kGetShared);
        // Not the port that waits in TIME_WAIT for a minute: there are fewer of those than this.
        const linger reset{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(pair.client(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    stop_recording();
    EXPECT_NE(recorder().errors().find("lost: nothing"), std::string::npos) << recorder().errors();
}

}  // namespace
}  // namespace httpprof::test
