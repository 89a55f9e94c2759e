// Each system call that moves bytes over a TCP socket, on live sockets: what one end sent and the
// other received is what the events say.
#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bpf/wire.h"
#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"
#include "tests/e2e/speaker.h"

namespace httpprof::test {
namespace {

using nlohmann::json;

// A way to send all of `bytes`, or to receive `size` of them.
struct Sender {
    const char* name;
    void (*send)(int descriptor, std::string_view bytes);
};
struct Receiver {
    const char* name;
    ssize_t (*receive)(int descriptor, char* buffer, std::size_t size);
};

// Three pieces of unequal size, one of them empty.
std::array<iovec, 4> in_pieces(char* bytes, std::size_t size) {
    const std::size_t first = size / 3;
    return {
        {{bytes, first}, {bytes, 0}, {bytes + first, 1}, {bytes + first + 1, size - first - 1}}};
}

msghdr message_of(std::array<iovec, 4>& vectors) {
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = vectors.size();
    return message;
}

// The first three pieces in one message, the last in another.
std::array<mmsghdr, 2> in_messages(std::array<iovec, 4>& vectors) {
    std::array<mmsghdr, 2> messages{};
    messages[0].msg_hdr.msg_iov = vectors.data();
    messages[0].msg_hdr.msg_iovlen = 3;
    messages[1].msg_hdr.msg_iov = vectors.data() + 3;
    messages[1].msg_hdr.msg_iovlen = 1;
    return messages;
}

char* writable(std::string_view bytes) {
    return const_cast<char*>(bytes.data());
}

void expect_all(ssize_t sent, std::string_view bytes) {
    ASSERT_EQ(sent, static_cast<ssize_t>(bytes.size()));
}

constexpr std::array kSenders{
    Sender{"write",
           [](int fd, std::string_view b) { expect_all(::write(fd, b.data(), b.size()), b); }},
    Sender{"writev",
           [](int fd, std::string_view b) {
               auto vectors = in_pieces(writable(b), b.size());
               expect_all(::writev(fd, vectors.data(), static_cast<int>(vectors.size())), b);
           }},
    Sender{"sendto",
           [](int fd, std::string_view b) { expect_all(::send(fd, b.data(), b.size(), 0), b); }},
    Sender{"sendmsg",
           [](int fd, std::string_view b) {
               auto vectors = in_pieces(writable(b), b.size());
               const msghdr message = message_of(vectors);
               expect_all(::sendmsg(fd, &message, 0), b);
           }},
    Sender{"pwritev2",
           [](int fd, std::string_view b) {
               auto vectors = in_pieces(writable(b), b.size());
               expect_all(::pwritev2(fd, vectors.data(), static_cast<int>(vectors.size()), -1, 0),
                          b);
           }},
    Sender{"sendmmsg",
           [](int fd, std::string_view b) {
               auto vectors = in_pieces(writable(b), b.size());
               auto messages = in_messages(vectors);
               ASSERT_EQ(::sendmmsg(fd, messages.data(), messages.size(), 0), 2);
               expect_all(messages[0].msg_len + messages[1].msg_len, b);
           }},
};

constexpr std::array kReceivers{
    Receiver{"read", [](int fd, char* b, std::size_t n) { return ::read(fd, b, n); }},
    Receiver{"readv",
             [](int fd, char* b, std::size_t n) {
                 auto vectors = in_pieces(b, n);
                 return ::readv(fd, vectors.data(), static_cast<int>(vectors.size()));
             }},
    Receiver{"recvfrom", [](int fd, char* b, std::size_t n) { return ::recv(fd, b, n, 0); }},
    Receiver{"recvmsg",
             [](int fd, char* b, std::size_t n) {
                 auto vectors = in_pieces(b, n);
                 msghdr message = message_of(vectors);
                 return ::recvmsg(fd, &message, 0);
             }},
    Receiver{"preadv2",
             [](int fd, char* b, std::size_t n) {
                 auto vectors = in_pieces(b, n);
                 return ::preadv2(fd, vectors.data(), static_cast<int>(vectors.size()), -1, 0);
             }},
    Receiver{"recvmmsg",
             [](int fd, char* b, std::size_t n) {
                 auto vectors = in_pieces(b, n);
                 auto messages = in_messages(vectors);
                 const int count =
                     ::recvmmsg(fd, messages.data(), messages.size(), MSG_WAITALL, nullptr);
                 EXPECT_EQ(count, 2);
                 return static_cast<ssize_t>(messages[0].msg_len + messages[1].msg_len);
             }},
};

std::string receive_all(const Receiver& receiver, int descriptor, std::size_t size) {
    std::string text(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got = receiver.receive(descriptor, text.data() + have, size - have);
        if (got <= 0) break;
        have += static_cast<std::size_t>(got);
    }
    text.resize(have);
    return text;
}

const std::string kPostSubmit =
    "POST /submit?x=1 HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\n\r\nhello world";
const std::string kCreated = "HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\ndone";

class SyscallTest : public LiveTest {
  protected:
    void record_on(const ConnectionPair& pair) {
        start_recording({"--port", std::to_string(pair.server_port())});
    }
};

TEST_F(SyscallTest, EveryPairOfCallsCarriesOneExchange) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    for (const Sender& sender : kSenders) {
        for (const Receiver& receiver : kReceivers) {
            SCOPED_TRACE(std::string(sender.name) + " to " + receiver.name);
            sender.send(pair.client(), kPostSubmit);
            ASSERT_EQ(receive_all(receiver, pair.server(), kPostSubmit.size()), kPostSubmit);
            sender.send(pair.server(), kCreated);
            ASSERT_EQ(receive_all(receiver, pair.client(), kCreated.size()), kCreated);
        }
    }
    stop_recording();

    const std::vector<json> events = analyze();
    const std::size_t exchanges = kSenders.size() * kReceivers.size();
    for (const char* direction : {"send", "recv"}) {
        const std::vector<json> side = with(events, "direction", direction);
        EXPECT_EQ(with(side, "raw_payload", kPostSubmit).size(), exchanges) << direction;
        EXPECT_EQ(with(side, "raw_payload", kCreated).size(), exchanges) << direction;
    }
    EXPECT_EQ(events.size(), 4 * exchanges);
}

TEST_F(SyscallTest, SourceIsTheSenderOnBothEnds) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    write_text(pair.client(), kPostSubmit);
    read_text(pair.server(), kPostSubmit.size());
    stop_recording();

    const std::vector<json> events = analyze();
    ASSERT_EQ(events.size(), 2u);
    for (const json& event : events) {
        EXPECT_EQ(event["source_ip"], "127.0.0.1");
        EXPECT_EQ(event["source_port"], pair.client_port());
        EXPECT_EQ(event["dest_port"], pair.server_port());
        EXPECT_EQ(event["pid"], ::getpid());
        EXPECT_EQ(event["method"], "POST");
        EXPECT_EQ(event["url"], "/submit?x=1");
        EXPECT_EQ(event["body"], "hello world");
        EXPECT_EQ(event["bytes"], kPostSubmit.size());
    }
}

TEST_F(SyscallTest, Ipv6AndIpv4Mapped) {
    ConnectionPair six(AF_INET6);
    ConnectionPair mapped(AF_INET6, true);
    start_recording({"--port", std::to_string(six.server_port()), "--port",
                     std::to_string(mapped.server_port())});
    for (const ConnectionPair* pair : {&six, &mapped}) {
        write_text(pair->client(), kPostSubmit);
        read_text(pair->server(), kPostSubmit.size());
    }
    stop_recording();

    const std::vector<json> events = analyze();
    EXPECT_EQ(with(with(events, "source_ip", "::1"), "dest_ip", "::1").size(), 2u);
    EXPECT_EQ(with(with(events, "source_ip", "127.0.0.1"), "dest_ip", "127.0.0.1").size(), 2u);
}

TEST_F(SyscallTest, LargeBodyIsWhole) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port()), "--snaplen", "1MiB"});
    std::string body(300'000, ' ');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>('!' + i % 90);
    const std::string request =
        "PUT /large HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    const pid_t writer = ::fork();
    if (writer == 0) {
        write_text(pair.client(), request);
        ::_exit(0);
    }
    EXPECT_EQ(read_text(pair.server(), request.size()), request);
    stop_recording();

    const std::vector<json> events = analyze();
    ASSERT_EQ(events.size(), 2u);
    for (const json& event : events)
        EXPECT_EQ(event["body"], body);
}

TEST_F(SyscallTest, ByteByByte) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    for (const char& byte : kPostSubmit) {
        write_text(pair.client(), {&byte, 1});
        read_text(pair.server(), 1);
    }
    stop_recording();

    const std::vector<json> events = analyze();
    ASSERT_EQ(events.size(), 2u);
    for (const json& event : events)
        EXPECT_EQ(event["raw_payload"], kPostSubmit);
}

// The connection is known for HTTP only when the pieces are looked at together.
TEST_F(SyscallTest, MethodInSeveralVectors) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    std::string bytes = kPostSubmit;
    std::array<iovec, 4> vectors{{{bytes.data(), 1},
                                  {nullptr, 0},
                                  {bytes.data() + 1, 2},
                                  {bytes.data() + 3, bytes.size() - 3}}};
    ASSERT_EQ(::writev(pair.client(), vectors.data(), 4), static_cast<ssize_t>(bytes.size()));
    read_text(pair.server(), bytes.size());
    stop_recording();
    EXPECT_EQ(with(analyze(), "raw_payload", kPostSubmit).size(), 2u);
}

TEST_F(SyscallTest, SendfileIsAGapOfKnownLength) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    const std::string body(5000, 'x');
    std::ofstream(file("body")) << body;
    write_text(pair.client(), kPostSubmit);
    read_text(pair.server(), kPostSubmit.size());
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n";
    write_text(pair.server(), head);
    const int source = ::open(file("body").c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(::sendfile(pair.server(), source, nullptr, body.size()), 5000);
    ::close(source);
    read_text(pair.client(), head.size() + body.size());
    stop_recording();

    const std::vector<json> responses = with(analyze(), "status_code", 200);
    const std::vector<json> sent = with(responses, "direction", "send");
    ASSERT_EQ(sent.size(), 1u);
    const json gap = {{{"offset", head.size()}, {"length", 5000}, {"cause", "sendfile"}}};
    EXPECT_EQ(sent[0]["gaps"], gap);
    EXPECT_EQ(sent[0]["body_size"], 5000);
    EXPECT_FALSE(sent[0].contains("truncated"));
    const std::vector<json> received = with(responses, "direction", "recv");
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0]["body"], body);
}

TEST_F(SyscallTest, SpliceIsAGapOfKnownLength) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    write_text(pair.client(), kPostSubmit);
    read_text(pair.server(), kPostSubmit.size());
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n";
    write_text(pair.server(), head);
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    write_text(pipe_ends[1], std::string(3000, 'p'));
    ASSERT_EQ(::splice(pipe_ends[0], nullptr, pair.server(), nullptr, 3000, 0), 3000);
    read_text(pair.client(), head.size());
    ASSERT_EQ(::splice(pair.client(), nullptr, pipe_ends[1], nullptr, 3000, 0), 3000);
    write_text(pair.client(), kPostSubmit);
    read_text(pair.server(), kPostSubmit.size());
    stop_recording();
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);

    const std::vector<json> events = analyze();
    const std::vector<json> responses = with(events, "status_code", 200);
    ASSERT_EQ(responses.size(), 2u);
    const json gap = {{{"offset", head.size()}, {"length", 3000}, {"cause", "splice"}}};
    for (const json& response : responses)
        EXPECT_EQ(response["gaps"], gap);
    EXPECT_EQ(with(events, "raw_payload", kPostSubmit).size(), 4u);
}

// The kernel lets it write into a pipe, and then read from a socket.
TEST_F(SyscallTest, SendfileFromASocketIsAGapOfKnownLength) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n";
    write_text(pair.client(), head + std::string(3000, 'p'));
    read_text(pair.server(), head.size());
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    ASSERT_EQ(::sendfile(pipe_ends[1], pair.server(), nullptr, 3000), 3000);
    stop_recording();
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);

    const std::vector<json> received = with(analyze(), "direction", "recv");
    ASSERT_EQ(received.size(), 1u);
    const json gap = {{{"offset", head.size()}, {"length", 3000}, {"cause", "sendfile"}}};
    EXPECT_EQ(received[0]["gaps"], gap);
    EXPECT_FALSE(received[0].contains("truncated"));
}

// The kernel delivers the last byte of such a call apart, and reads in line step over it.
TEST_F(SyscallTest, UrgentByteIsNotPartOfTheStream) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    for (int i = 0; i < 3; ++i) {
        write_text(pair.client(), kPostSubmit);
        ASSERT_EQ(::send(pair.client(), "!", 1, MSG_OOB), 1);
        EXPECT_EQ(read_text(pair.server(), kPostSubmit.size()), kPostSubmit);
    }
    write_text(pair.client(), kPostSubmit);
    EXPECT_EQ(read_text(pair.server(), kPostSubmit.size()), kPostSubmit);
    stop_recording();

    const std::vector<json> events = analyze();
    EXPECT_EQ(events.size(), 8u);
    EXPECT_EQ(with(events, "raw_payload", kPostSubmit).size(), 8u);
    EXPECT_EQ(account()["missing"], json::array()) << "no byte is lost";
}

TEST_F(SyscallTest, UrgentByteInsideABody) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";
    write_text(pair.client(), request + "01234");
    ASSERT_EQ(::send(pair.client(), "5!", 2, MSG_OOB), 2);
    write_text(pair.client(), "6789");
    EXPECT_EQ(read_text(pair.server(), request.size() + 10), request + "0123456789");
    char urgent = 0;
    EXPECT_LE(::recv(pair.server(), &urgent, 1, MSG_OOB), 1);
    stop_recording();

    const std::vector<json> events = with(analyze(), "method", "POST");
    ASSERT_EQ(events.size(), 2u);
    for (const json& event : events) {
        EXPECT_EQ(event["body"], "0123456789");
        EXPECT_FALSE(event.contains("gaps"));
    }
}

TEST_F(SyscallTest, DiscardedBytesAreAGapOfKnownLength) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n";
    write_text(pair.client(), head + std::string(100, 'b'));
    read_text(pair.server(), head.size());
    ASSERT_EQ(::recv(pair.server(), nullptr, 100, MSG_TRUNC), 100);
    write_text(pair.client(), kPostSubmit);
    read_text(pair.server(), kPostSubmit.size());
    stop_recording();

    const std::vector<json> received = with(analyze(), "direction", "recv");
    ASSERT_EQ(received.size(), 2u);
    const json gap = {{{"offset", head.size()}, {"length", 100}, {"cause", "discarded"}}};
    EXPECT_EQ(received[0]["gaps"], gap);
    EXPECT_EQ(received[1]["raw_payload"], kPostSubmit);
}

TEST_F(SyscallTest, ZeroCopySendIsRead) {
    ConnectionPair pair(AF_INET);
    const int on = 1;
    ASSERT_EQ(::setsockopt(pair.client(), SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)), 0);
    record_on(pair);
    const std::string request =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" + std::string(20000, 'z');
    ASSERT_EQ(::send(pair.client(), request.data(), request.size(), MSG_ZEROCOPY),
              static_cast<ssize_t>(request.size()));
    read_text(pair.server(), request.size());
    std::array<char, 512> control;
    msghdr notification{};
    notification.msg_control = control.data();
    notification.msg_controllen = control.size();
    ::recvmsg(pair.client(), &notification, MSG_ERRQUEUE | MSG_DONTWAIT);
    stop_recording();
    EXPECT_EQ(with(analyze(), "raw_payload", request).size(), 2u);
}

// In the first packet, on kernels and hosts that let it be; else after the handshake.
TEST_F(SyscallTest, DataOfAFastOpen) {
    const Listener listener;
    start_recording({"--port", std::to_string(listener.port())});
    for (int round = 0; round < 2; ++round) {
        const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in to = listener.address();
        const std::string request = "GET /fast HTTP/1.1\r\nHost: test\r\n\r\n";
        ASSERT_EQ(::sendto(client, request.data(), request.size(), MSG_FASTOPEN,
                           reinterpret_cast<const sockaddr*>(&to), sizeof(to)),
                  static_cast<ssize_t>(request.size()));
        EXPECT_EQ(listener.take_request(), "/fast");
        ::close(client);
    }
    stop_recording();

    const std::vector<json> events = analyze({"--strict"});
    EXPECT_EQ(with(events, "url", "/fast").size(), 4u);
    for (const json& event : events)
        EXPECT_EQ(event["dest_port"], listener.port());
}

// Positions count the records of TLS there, and calls their plain text.
TEST_F(SyscallTest, KernelTlsIsLeftOutAndCounted) {
    ConnectionPair pair(AF_INET);
    constexpr int kUpperProtocol = 31;  // TCP_ULP
    if (::setsockopt(pair.client(), IPPROTO_TCP, kUpperProtocol, "tls", 3) != 0)
        GTEST_SKIP() << "no TLS in this kernel: " << std::strerror(errno);
    tls12_crypto_info_aes_gcm_128 keys{};
    keys.info = {.version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128};
    ASSERT_EQ(::setsockopt(pair.client(), SOL_TLS, TLS_TX, &keys, sizeof(keys)), 0);
    record_on(pair);
    write_text(pair.client(), kPostSubmit);
    stop_recording();

    EXPECT_TRUE(analyze().empty());
    EXPECT_NE(recorder().errors().find("left out: kernel-tls: 1 call"), std::string::npos)
        << recorder().errors();
}

TEST_F(SyscallTest, PeekIsNotReadTwice) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    write_text(pair.client(), kPostSubmit);
    std::array<char, 64> buffer;
    ASSERT_GT(::recv(pair.server(), buffer.data(), buffer.size(), MSG_PEEK), 0);
    read_text(pair.server(), kPostSubmit.size());
    stop_recording();
    EXPECT_EQ(with(analyze(), "direction", "recv").size(), 1u);
}

// A short vector and the next one are one record; the bounds are those of the BPF programs.
TEST_F(SyscallTest, HeadAndContentShareARecord) {
    struct Case {
        std::size_t head, content, records;
    };
    struct Said {
        Case sizes;
        std::string text;
        std::uint16_t port;
    };
    std::vector<Said> said;
    start_recording({"--snaplen", "1MiB", "--pid", std::to_string(::getpid())});
    for (const Case& sizes : {Case{60, 1, 1}, Case{511, 1024, 1}, Case{512, 65024, 1},
                              Case{512, 65025, 2}, Case{513, 1024, 2}, Case{60, 100'000, 2}}) {
        ConnectionPair pair(AF_INET);
        std::string head = "PUT / HTTP/1.1\r\nContent-Length: " + std::to_string(sizes.content);
        head += "\r\nX:" + std::string(sizes.head - head.size() - 8, 'h') + "\r\n\r\n";
        std::string content(sizes.content, 'c');
        std::array<iovec, 2> vectors{
            {{head.data(), head.size()}, {content.data(), content.size()}}};
        ASSERT_EQ(::writev(pair.client(), vectors.data(), 2),
                  static_cast<ssize_t>(sizes.head + sizes.content));
        EXPECT_EQ(read_text(pair.server(), sizes.head + sizes.content), head + content);
        said.push_back({sizes, head + content, pair.client_port()});
    }
    stop_recording();
    const std::vector<json> events = analyze();
    const std::vector<json> records = with(dump(), "syscall", WIRE_WRITEV);
    for (const auto& [sizes, text, port] : said) {
        EXPECT_EQ(with(with(events, "source_port", port), "raw_payload", text).size(), 2u);
        EXPECT_EQ(with(records, "local_port", port).size(), sizes.records)
            << sizes.head << " and " << sizes.content;
    }
}

// The kernel takes UIO_MAXIOV (1024) at the most; empty ones count.
TEST_F(SyscallTest, EveryVectorOfALongList) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n";
    const std::size_t head = bytes.size();
    bytes.append(5000, 'y');
    std::vector<iovec> vectors{{bytes.data(), head}};
    for (std::size_t i = 0; i < 500; ++i) {
        vectors.push_back({bytes.data() + head + i * 10, 10});
        vectors.push_back({nullptr, 0});
    }
    ASSERT_EQ(::writev(pair.client(), vectors.data(), static_cast<int>(vectors.size())),
              static_cast<ssize_t>(bytes.size()));
    read_text(pair.server(), bytes.size());
    stop_recording();

    const std::vector<json> sent = with(analyze(), "direction", "send");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0]["raw_payload"], bytes);
}

// sendmmsg(2) can carry a thousand messages of a thousand vectors.
TEST_F(SyscallTest, BeyondTheLimitOfVectorsOnlyTheLengthIsKnown) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6000\r\n\r\n";
    std::string bytes = head + std::string(6000, 'm');
    std::vector<iovec> vectors{{bytes.data(), head.size()}};
    for (std::size_t i = 0; i < 6000; ++i)
        vectors.push_back({bytes.data() + head.size() + i, 1});
    std::array<mmsghdr, 7> messages{};
    for (std::size_t i = 0; i < messages.size(); ++i) {
        messages[i].msg_hdr.msg_iov = vectors.data() + i * 1000;
        messages[i].msg_hdr.msg_iovlen = std::min<std::size_t>(1000, vectors.size() - i * 1000);
    }
    ASSERT_EQ(::sendmmsg(pair.client(), messages.data(), messages.size(), 0), 7);
    EXPECT_EQ(read_text(pair.server(), bytes.size()), bytes);
    stop_recording();

    const std::vector<json> sent = with(analyze(), "direction", "send");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0]["bytes"], bytes.size());
    ASSERT_EQ(sent[0]["gaps"].size(), 1u);
    EXPECT_EQ(sent[0]["gaps"][0]["cause"], "iovecs");
    EXPECT_EQ(sent[0]["raw_payload"], bytes.substr(0, sent[0]["gaps"][0]["offset"]));
}

// recvmmsg(2) takes any number of messages.
TEST_F(SyscallTest, ThousandsOfMessagesInOneCall) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n";
    std::string body;
    while (body.size() < 3000)
        body += std::to_string(body.size()) + ',';
    body.resize(3000);
    write_text(pair.client(), head + body);
    EXPECT_EQ(read_text(pair.server(), head.size()), head);
    std::string received(body.size(), '\0');
    std::vector<iovec> vectors(body.size());
    std::vector<mmsghdr> messages(body.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
        vectors[i] = {received.data() + i, 1};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    ASSERT_EQ(::recvmmsg(pair.server(), messages.data(), 2500, 0, nullptr), 2500);
    received.resize(2500);
    EXPECT_EQ(received + read_text(pair.server(), 500), body);
    stop_recording();

    const std::vector<json> events = with(analyze(), "direction", "recv");
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0]["bytes"], head.size() + body.size());
    ASSERT_EQ(events[0]["gaps"].size(), 1u);
    const json& gap = events[0]["gaps"][0];
    EXPECT_EQ(gap["cause"], "iovecs");
    EXPECT_EQ(gap["offset"].get<std::size_t>() + gap["length"].get<std::size_t>(),
              head.size() + 2500)
        << "the gap is within the call";
    EXPECT_GT(gap["offset"], head.size() + 1000);
    std::string known = head + body;
    known.erase(gap["offset"], gap["length"]);
    EXPECT_EQ(events[0]["raw_payload"], known);
}

TEST_F(SyscallTest, BeyondTheSnaplenOnlyTheLengthIsKnown) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port()), "--snaplen", "100"});
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
    const std::string request = head + std::string(1000, 'z');
    write_text(pair.client(), request);
    read_text(pair.server(), request.size());
    write_text(pair.client(), kPostSubmit);
    read_text(pair.server(), kPostSubmit.size());
    stop_recording();

    const std::vector<json> events = analyze();
    const json gap = {{{"offset", 100}, {"length", request.size() - 100}, {"cause", "snaplen"}}};
    for (const json& cut : with(events, "url", "/")) {
        EXPECT_EQ(cut["raw_payload"], request.substr(0, 100));
        EXPECT_EQ(cut["bytes"], request.size());
        EXPECT_EQ(cut["gaps"], gap);
    }
    EXPECT_EQ(with(events, "raw_payload", kPostSubmit.substr(0, 100)).size(), 2u);
}

TEST_F(SyscallTest, IoUringIsReported) {
    start_recording({"--pid", std::to_string(::getpid())});
    io_uring_params parameters{};
    const auto ring = static_cast<int>(::syscall(SYS_io_uring_setup, 4, &parameters));
    const std::string why = std::strerror(errno);
    if (ring >= 0) ::close(ring);
    stop_recording();
    if (ring < 0) GTEST_SKIP() << "io_uring_setup: " << why;
    EXPECT_NE(recorder().errors().find("not recorded: what 1 process moved with io_uring"),
              std::string::npos)
        << recorder().errors();
    EXPECT_NE(recorder().errors().find("left out: io-uring: 1 call, of unknown size"),
              std::string::npos);
    const Finished analyzed = run({HTTPPROF_BINARY, "analyze", capture()});
    EXPECT_NE(analyzed.errors.find("not recorded: what process " + std::to_string(::getpid())),
              std::string::npos)
        << analyzed.errors;
}

TEST_F(SyscallTest, ConnectionThatEndsTheBody) {
    ConnectionPair pair(AF_INET);
    record_on(pair);
    write_text(pair.client(), "GET /old HTTP/1.0\r\n\r\n");
    read_text(pair.server(), 21);
    const std::string response = "HTTP/1.0 200 OK\r\n\r\nuntil the end";
    write_text(pair.server(), response);
    pair.close_server();
    std::array<char, 256> buffer;
    ASSERT_EQ(::read(pair.client(), buffer.data(), buffer.size()),
              static_cast<ssize_t>(response.size()));
    ASSERT_EQ(::read(pair.client(), buffer.data(), buffer.size()), 0);
    pair.close_client();
    stop_recording();

    const std::vector<json> responses = with(analyze(), "status_code", 200);
    ASSERT_EQ(responses.size(), 2u);
    for (const json& response_event : responses) {
        EXPECT_EQ(response_event["body"], "until the end");
        EXPECT_FALSE(response_event.contains("truncated")) << response_event;
    }
}

TEST_F(SyscallTest, OlderConnectionIsJoined) {
    ConnectionPair pair(AF_INET);
    write_text(pair.client(), kPostSubmit);
    read_text(pair.server(), kPostSubmit.size());
    record_on(pair);
    write_text(pair.server(), kCreated);
    read_text(pair.client(), kCreated.size());
    write_text(pair.client(), kPostSubmit);
    read_text(pair.server(), kPostSubmit.size());
    stop_recording();

    const std::vector<json> events = analyze();
    EXPECT_EQ(with(events, "raw_payload", kCreated).size(), 2u);
    EXPECT_EQ(with(events, "raw_payload", kPostSubmit).size(), 2u);
    for (const json& response : with(events, "status_code", 201))
        EXPECT_FALSE(response.contains("exchange"));
}

}  // namespace
}  // namespace httpprof::test
