// Who spoke: processes that execute another program, and those in other namespaces.
#include <cstring>

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"
#include "tests/e2e/speaker.h"

namespace httpprof::test {
namespace {

using nlohmann::json;

const std::string kGetProcess = "GET /process HTTP/1.1\r\nHost: test\r\n\r\n";

class ProcessTest : public LiveTest {
  protected:
    std::vector<YAML::Node> documents_of(unsigned pid) {
        std::vector<YAML::Node> found;
        for (const YAML::Node& document : YAML::LoadAll(analyze_environment())) {
            if (document["pid"].as<unsigned>() == pid) found.push_back(document);
        }
        return found;
    }
};

TEST_F(ProcessTest, ExecRenewsTheSnapshot) {
    Listener listener;
    start_recording({"--port", std::to_string(listener.port())});
    ChildProcess speaker({.command = {"/bin/bash", "-c",
                                      say(listener, "/first") + "STAGE=two exec /bin/bash -c \"" +
                                          say(listener, "/second") + ": \" second"},
                          .environment = std::vector<std::string>{"STAGE=one"}});
    EXPECT_EQ(listener.take_request(), "/first");
    EXPECT_EQ(listener.take_request(), "/second");
    speaker.wait();
    stop_recording();

    const auto documents = documents_of(static_cast<unsigned>(speaker.pid()));
    ASSERT_EQ(documents.size(), 2u);
    EXPECT_EQ(documents[0]["env"]["STAGE"].as<std::string>(), "one");
    EXPECT_EQ(documents[1]["env"]["STAGE"].as<std::string>(), "two");
    const std::vector<json> second = with(with(analyze(), "url", "/second"), "direction", "send");
    ASSERT_EQ(second.size(), 1u);
    EXPECT_TRUE(second[0]["cmdline"].get<std::string>().ends_with(" second")) << second[0];
}

// Replaces this process by sleep(1), whose arguments and environment have as many bytes.
[[noreturn]] void execute_sleep_of_the_same_size() {
    const std::string environment = read_file("/proc/self/environ");
    std::vector<char*> variables;
    for (std::size_t at = 0; at < environment.size(); at = environment.find('\0', at) + 1)
        variables.push_back(const_cast<char*>(environment.data()) + at);
    variables.push_back(nullptr);
    std::string duration = "100";
    const std::size_t rest = read_file("/proc/self/cmdline").size() - duration.size() - 2;
    std::string name(rest, 'x');
    char* arguments[] = {name.data(), duration.data(), nullptr};
    ::execve("/bin/sleep", arguments, variables.data());
    ::_exit(1);
}

// Where the kernel places stacks at random, which tells them apart.
TEST_F(ProcessTest, AnotherProgramOfTheSameSizeIsNotTakenForTheFirst) {
    if (read_file("/proc/sys/kernel/randomize_va_space") == "0\n")
        GTEST_SKIP() << "kernel.randomize_va_space is 0";
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    recorder().signal(SIGSTOP);  // it looks into /proc too late
    const pid_t child = ::fork();
    if (child == 0) {
        write_text(pair.client(), kGetProcess);
        execute_sleep_of_the_same_size();
    }
    const std::string of_child = "/proc/" + std::to_string(child);
    const std::string last_argument(
        "\0"
        "100\0",
        5);
    while (!read_file(of_child + "/cmdline").ends_with(last_argument)) {
    }
    const std::size_t size = read_file("/proc/self/environ").size();
    while (read_file(of_child + "/environ").size() != size) {
    }
    recorder().signal(SIGCONT);
    stop_recording();
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);

    const auto documents = documents_of(static_cast<unsigned>(child));
    ASSERT_EQ(documents.size(), 1u);
    EXPECT_FALSE(documents[0]["exe"]);
    const std::vector<json> snapshots = with(with(dump(), "type", "snapshot"), "pid", child);
    ASSERT_EQ(snapshots.size(), 1u);
    EXPECT_NE(snapshots[0]["error"].get<std::string>().find("executed another program"),
              std::string::npos);
}

// A server that leaves its socket to a CGI program, which another one follows.
TEST_F(ProcessTest, ProgramsThatGoOnWithAMessageHaveTheirEnvironment) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    write_text(pair.client(), kGetProcess);
    read_text(pair.server(), kGetProcess.size());
    write_text(pair.server(), "HTTP/1.0 200 OK\r\n");
    ::fcntl(pair.server(), F_SETFD, 0);  // programs inherit it
    const std::string socket = std::to_string(pair.server());
    ChildProcess cgi({.command = {"/bin/bash", "-c",
                                  "printf 'Content-Length: 5\\r\\n\\r\\n' >&" + socket +
                                      "; STAGE=two exec /bin/echo body >&" + socket},
                      .environment = std::vector<std::string>{"STAGE=one"}});
    cgi.wait();
    stop_recording();

    const auto documents = documents_of(static_cast<unsigned>(cgi.pid()));
    ASSERT_EQ(documents.size(), 2u);
    EXPECT_EQ(documents[0]["env"]["STAGE"].as<std::string>(), "one");
    EXPECT_EQ(documents[1]["env"]["STAGE"].as<std::string>(), "two");
    const std::vector<json> sent = with(with(analyze(), "status_code", 200), "direction", "send");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0]["pid"], ::getpid());
    EXPECT_EQ(sent[0]["body"], "body\n");
    EXPECT_EQ(sent[0]["other_processes"],
              json::parse(R"([{"pid":)" + std::to_string(cgi.pid()) + R"(,"comm":"bash"},{"pid":)" +
                          std::to_string(cgi.pid()) + R"(,"comm":"echo"}])"));
}

TEST_F(ProcessTest, EnvironmentBeyondTheLimitIsCutAndSaysSo) {
    Listener listener;
    start_recording({"--port", std::to_string(listener.port())});
    std::vector<std::string> environment{"FIRST=1"};
    for (int i = 0; i < 4; ++i)
        environment.push_back("LARGE_" + std::to_string(i) + "=" + std::string(60'000, 'e'));
    ChildProcess speaker(
        {.command = {"/bin/bash", "-c", say(listener, "/")}, .environment = environment});
    listener.take_request();
    speaker.wait();
    stop_recording();

    const auto documents = documents_of(static_cast<unsigned>(speaker.pid()));
    ASSERT_EQ(documents.size(), 1u);
    EXPECT_EQ(documents[0]["env"]["FIRST"].as<std::string>(), "1");
    EXPECT_EQ(documents[0]["env"]["LARGE_1"].as<std::string>().size(), 60'000u);
    EXPECT_FALSE(documents[0]["env"]["LARGE_3"]);
    EXPECT_NE(documents[0]["error"].as<std::string>().find(" cut"), std::string::npos);
}

void bring_loopback_up() {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    request.ifr_name[0] = 'l';
    request.ifr_name[1] = 'o';
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (::ioctl(socket, SIOCSIFFLAGS, &request) != 0) ::_exit(3);
    ::close(socket);
}

[[noreturn]] void speak_in_new_namespaces() {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS) != 0) ::_exit(2);
    const pid_t inner = ::fork();  // the first process of the new pid namespace
    if (inner == 0) {
        bring_loopback_up();
        ConnectionPair pair(AF_INET);
        write_text(pair.client(), kGetProcess);
        read_text(pair.server(), kGetProcess.size());
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(inner, &status, 0);
    ::_exit(WEXITSTATUS(status));
}

TEST_F(ProcessTest, OtherNamespaces) {
    ConnectionPair outside(AF_INET);
    start_recording();
    write_text(outside.client(), kGetProcess);
    read_text(outside.server(), kGetProcess.size());
    const pid_t child = ::fork();
    if (child == 0) speak_in_new_namespaces();
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "this process may not make namespaces";
    ASSERT_EQ(WEXITSTATUS(status), 0);
    stop_recording();

    const std::vector<json> events = with(analyze(), "raw_payload", kGetProcess);
    const std::vector<json> inside = with(events, "ns_pid", 1);
    ASSERT_EQ(inside.size(), 2u);
    const auto own = documents_of(static_cast<unsigned>(::getpid()));
    const auto other = documents_of(inside[0]["pid"].get<unsigned>());
    ASSERT_EQ(own.size(), 1u);
    ASSERT_EQ(other.size(), 1u);
    EXPECT_FALSE(own[0]["ns_pid"]);
    EXPECT_EQ(other[0]["ns_pid"].as<int>(), 1);
    for (const char* kind : {"pid", "mnt", "user", "net"}) {
        EXPECT_NE(own[0]["namespaces"][kind].as<unsigned>(),
                  other[0]["namespaces"][kind].as<unsigned>())
            << kind;
    }
    EXPECT_TRUE(other[0]["cgroup"]);
}

// One byte, and room for a descriptor beside it (unix(7), SCM_RIGHTS).
struct DescriptorMessage {
    DescriptorMessage() {
        header.msg_iov = &vector;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof(control);
    }
    DescriptorMessage(const DescriptorMessage&) = delete;
    DescriptorMessage& operator=(const DescriptorMessage&) = delete;

    void set_descriptor(int descriptor) {
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(descriptor));
        std::memcpy(CMSG_DATA(rights), &descriptor, sizeof(descriptor));
    }
    int descriptor() {
        int received = -1;
        std::memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(received));
        return received;
    }

    char byte = 'x';
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    iovec vector{&byte, 1};
    msghdr header{};
};

// The kernel hands a descriptor over; what is said over it is the receiver's.
TEST_F(ProcessTest, DescriptorPassedOverAUnixSocket) {
    ConnectionPair pair(AF_INET);
    int channel[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel), 0);
    start_recording({"--port", std::to_string(pair.server_port())});
    const pid_t receiver = ::fork();
    if (receiver == 0) {
        pair.close_client();
        DescriptorMessage message;
        if (::recvmsg(channel[1], &message.header, 0) != 1) ::_exit(1);
        write_text(message.descriptor(), kGetProcess);
        ::_exit(0);
    }
    DescriptorMessage message;
    message.set_descriptor(pair.client());
    ASSERT_EQ(::sendmsg(channel[0], &message.header, 0), 1);
    EXPECT_EQ(read_text(pair.server(), kGetProcess.size()), kGetProcess);
    int status = 0;
    ::waitpid(receiver, &status, 0);
    stop_recording();
    ::close(channel[0]);
    ::close(channel[1]);

    const std::vector<json> sent = with(analyze(), "direction", "send");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0]["pid"], receiver);
}

}  // namespace
}  // namespace httpprof::test
