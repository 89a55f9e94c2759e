// Which traffic is recorded, and that the rest is counted.
#include <deque>

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"
#include "tests/e2e/speaker.h"

namespace httpprof::test {
namespace {

const std::string kGetSelected = "GET /selected HTTP/1.1\r\nHost: test\r\n\r\n";

void send_over(const ConnectionPair& pair, const std::string& text) {
    write_text(pair.client(), text);
    read_text(pair.server(), text.size());
}

struct ThreeConnections {
    ConnectionPair together{AF_INET};
    ConnectionPair apart{AF_INET};
    ConnectionPair byte_by_byte{AF_INET};

    // Their first words.
    void send(const std::string& before, const std::string& request) const {
        send_over(together, before + request);
        send_over(apart, before);
        send_over(apart, request);
        for (const char byte : before + request)
            send_over(byte_by_byte, {byte});
    }
};

using SelectionTest = LiveTest;

TEST_F(SelectionTest, OtherTcpFilesPipesAndUdpGiveNoEvent) {
    ConnectionPair other(AF_INET);
    ConnectionPair http(AF_INET);
    int pipe_ends[2];
    int datagrams[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, datagrams), 0);
    start_recording({"--pid", std::to_string(::getpid())});
    send_over(other, "EHLO not http at all\r\n");
    send_over(other, "GETTING close, but no\r\n");
    write_text(pipe_ends[1], kGetSelected);
    read_text(pipe_ends[0], kGetSelected.size());
    write_text(datagrams[1], kGetSelected);
    read_text(datagrams[0], kGetSelected.size());
    send_over(http, kGetSelected);
    stop_recording();

    EXPECT_EQ(analyze().size(), 2u);
    EXPECT_NE(recorder().errors().find("left out: not-http: 4 calls"), std::string::npos)
        << recorder().errors();
    for (const int descriptor : {pipe_ends[0], pipe_ends[1], datagrams[0], datagrams[1]})
        ::close(descriptor);
}

// "PROPPATC" may still become PROPPATCH when the recording ends.
TEST_F(SelectionTest, TheStartOfAMethodThatIsNeverDecidedOnIsCounted) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    send_over(pair, "PROP");
    send_over(pair, "PATC");
    stop_recording();
    EXPECT_NE(recorder().errors().find("left out: not-http: 2 calls, 16 bytes"), std::string::npos)
        << recorder().errors();
}

// RFC 9112, 2.2: a server may ignore them.
TEST_F(SelectionTest, BlankLinesBeforeTheFirstRequest) {
    const std::vector<std::string> blanks = {"\r\n", "\n", "\r\n\r\n"};
    const std::deque<ThreeConnections> connections(blanks.size());
    start_recording({"--pid", std::to_string(::getpid())});
    for (std::size_t i = 0; i < blanks.size(); ++i)
        connections[i].send(blanks[i], kGetSelected);
    stop_recording();

    const auto events = analyze();
    EXPECT_EQ(events.size(), 6 * blanks.size());
    for (const std::string& blank : blanks)
        EXPECT_EQ(with(events, "raw_payload", blank + kGetSelected).size(), 6u);
}

// What servers understand or refuse, and an answer would stand alone without. A text that quotes a
// request line is none.
TEST_F(SelectionTest, OtherFirstRequestsByHowTheirLineEnds) {
    const std::string blank_lines = "\r\n\r\n\r\n\r\n";
    const std::vector<std::string> lines = {
        "FOO /1 HTTP/1.1\r\n", "get /2 HTTP/1.0 \r\n", "GET\t/3 HTTP/1.1\n", " GET /4 HTTP/1.1\r\n",
        blank_lines + "FOO /5?" + std::string(1900, 'x') + " HTTP/1.1\n"};
    ConnectionPair quoting(AF_INET);
    start_recording({"--pid", std::to_string(::getpid())});
    for (const std::string& line : lines) {
        ConnectionPair pair(AF_INET);
        send_over(pair, line + "Host: test\r\n\r\n");
    }
    send_over(quoting, "\"FOO / HTTP/1.1\" 200\nGET / HTTP/1.1\n");
    stop_recording();
    EXPECT_EQ(analyze().size(), 2 * lines.size());
    EXPECT_NE(recorder().errors().find("left out: not-http: 2 calls, 72 bytes\n"),
              std::string::npos)
        << recorder().errors();
}

TEST_F(SelectionTest, AnotherFirstRequestInPiecesOfOneCall) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    std::string request = "M-FOO /" + std::string(80, 'x') + " HTTP/1.1\r\n\r\n";
    std::vector<iovec> bytes;
    for (char& byte : request)
        bytes.push_back({&byte, 1});
    ASSERT_EQ(::writev(pair.client(), bytes.data(), static_cast<int>(bytes.size())),
              static_cast<ssize_t>(request.size()));
    read_text(pair.server(), request.size());
    stop_recording();
    EXPECT_EQ(analyze().size(), 2u);
}

TEST_F(SelectionTest, AnotherFirstRequestBehindAnUrgentByte) {
    ConnectionPair pair(AF_INET);
    start_recording({"--pid", std::to_string(::getpid())});
    ASSERT_EQ(::send(pair.client(), "!", 1, MSG_OOB), 1);
    send_over(pair, "FOO / HTTP/1.1\r\n\r\n");
    stop_recording();
    EXPECT_EQ(analyze().size(), 2u);
}

// They are no blank lines before the request.
TEST_F(SelectionTest, TheEndOfWhatIsLeftOutIsLeftOut) {
    ConnectionPair pair(AF_INET);
    start_recording({"--pid", std::to_string(::getpid())});
    send_over(pair, "EHLO test");
    send_over(pair, "\r\n");
    send_over(pair, kGetSelected);
    stop_recording();
    const auto events = analyze();
    ASSERT_EQ(events.size(), 2u);
    for (const auto& event : events)
        EXPECT_EQ(event["raw_payload"], kGetSelected);
    EXPECT_NE(recorder().errors().find("left out: not-http: 4 calls, 22 bytes"), std::string::npos)
        << recorder().errors();
}

// By a process that is not recorded, over the same socket.
TEST_F(SelectionTest, FirstBytesThatOthersFollowAreLeftOutAndCounted) {
    ConnectionPair pair(AF_INET);
    start_recording({"--pid", std::to_string(::getpid())});
    write_text(pair.client(), "GE");
    const pid_t other = ::fork();
    if (other == 0) {
        write_text(pair.client(), "\r\n");
        ::_exit(0);
    }
    ::waitpid(other, nullptr, 0);
    write_text(pair.client(), kGetSelected);
    stop_recording();

    const auto events = analyze();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0]["raw_payload"], kGetSelected);
    EXPECT_NE(recorder().errors().find("left out: not-http: 1 call, 2 bytes"), std::string::npos)
        << recorder().errors();
}

// A proxy sends its header and the first request in one call.
TEST_F(SelectionTest, ProxyHeaderBeforeTheFirstRequest) {
    const std::string text = "PROXY TCP4 192.0.2.1 198.51.100.1 40000 80\r\n";
    const std::string binary(
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
        "abcdefghijkl",
        28);
    const ThreeConnections with_text;
    const ThreeConnections with_binary;
    start_recording({"--pid", std::to_string(::getpid())});
    with_text.send(text, kGetSelected);
    with_binary.send(binary, kGetSelected);
    stop_recording();

    EXPECT_EQ(recorder().errors().find("left out"), std::string::npos) << recorder().errors();
    const auto events = analyze();
    ASSERT_EQ(events.size(), 12u);
    for (const auto& event : events) {
        EXPECT_EQ(event["raw_payload"], kGetSelected);
        EXPECT_FALSE(event.contains("anomalies")) << event;
    }
}

TEST_F(SelectionTest, PortOfEitherEnd) {
    ConnectionPair wanted(AF_INET);
    ConnectionPair unwanted(AF_INET);
    ConnectionPair by_client(AF_INET);
    start_recording({"--pid", std::to_string(::getpid()), "--port",
                     std::to_string(wanted.server_port()), "--port",
                     std::to_string(by_client.client_port())});
    for (const ConnectionPair* pair : {&wanted, &unwanted, &by_client})
        send_over(*pair, kGetSelected);
    stop_recording();

    const auto events = analyze();
    EXPECT_EQ(with(events, "dest_port", wanted.server_port()).size(), 2u);
    EXPECT_EQ(with(events, "dest_port", unwanted.server_port()).size(), 0u);
    EXPECT_EQ(with(events, "dest_port", by_client.server_port()).size(), 2u);
}

TEST_F(SelectionTest, OtherProcessesAreNotRecordedWithPid) {
    ConnectionPair pair(AF_INET);
    start_recording({"--pid", "1"});
    send_over(pair, kGetSelected);
    stop_recording();
    EXPECT_TRUE(analyze().empty());
}

TEST_F(SelectionTest, CommandAndItsDescendantsOnly) {
    const auto shell = find_program("bash");
    if (!shell) GTEST_SKIP() << "bash is not installed";
    ConnectionPair bystander(AF_INET);
    const Listener listener;
    // A grandchild talks, and is still to do so when the bystander has.
    const std::string script = "(" + say(listener, "/1") + say(listener, "/2") + "); exit 7";

    ChildProcess recorder(
        {.command = {HTTPPROF_BINARY, "record", "-o", capture(), "--", *shell, "-c", script}});
    EXPECT_EQ(listener.take_request(), "/1");
    send_over(bystander, kGetSelected);
    EXPECT_EQ(listener.take_request(), "/2");
    EXPECT_EQ(recorder.wait(), 7) << recorder.errors();

    const auto events = analyze();
    ASSERT_EQ(events.size(), 2u) << recorder.errors();
    for (const auto& event : events) {
        EXPECT_EQ(event["direction"], "send");
        EXPECT_EQ(event["dest_port"], listener.port());
    }
}

TEST_F(SelectionTest, RefusesWhatCannotBeMeant) {
    const std::vector<std::vector<std::string>> refused = {
        {"--no-env", "--env-prefix", "A_"}, {"--duration", "1e300"}, {"--snaplen", "1.5KiB"}};
    for (std::vector<std::string> options : refused) {
        options.insert(options.begin(), {HTTPPROF_BINARY, "record", "--check"});
        const Finished finished = run(options);
        EXPECT_EQ(finished.status, 2) << options[3];
        EXPECT_EQ(finished.errors.find('\n'), finished.errors.size() - 1) << finished.errors;
        EXPECT_EQ(finished.output, "");
    }
}

TEST_F(SelectionTest, RefusesACommandOfNoWords) {
    for (const char* command : {"record", "live"}) {
        const Finished finished = run({HTTPPROF_BINARY, command, "-o", capture(), "--"});
        EXPECT_EQ(finished.status, 2);
        EXPECT_NE(finished.errors.find("COMMAND: nothing stands behind --"), std::string::npos)
            << finished.errors;
    }
}

// The list of an option must not go on behind "--", nor take it away.
TEST_F(SelectionTest, CommandBehindAnOptionThatMayBeRepeated) {
    for (const char* option :
         {"--port=1", "--pid=1", "--comm=a", "--uid=0", "--cgroup=/", "--env-match=A",
          "--env-exclude=A", "--env-prefix=A", "--encrypt-to=a"}) {
        const std::string text = option;
        const std::size_t equals = text.find('=');
        const Finished checked =
            run({HTTPPROF_BINARY, "record", "--check", text.substr(0, equals),
                 text.substr(equals + 1), "--", "command", "-c", "--its-own", "argument"});
        EXPECT_EQ(checked.status, 0) << option << ": " << checked.errors;
    }
}

}  // namespace
}  // namespace httpprof::test
