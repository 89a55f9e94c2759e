// How a recording ends, and what is left then.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"

namespace httpprof::test {
namespace {

const std::string kRequest = "GET /ending HTTP/1.1\r\nHost: test\r\n\r\n";

void send_over(const ConnectionPair& pair) {
    write_text(pair.client(), kRequest);
    read_text(pair.server(), kRequest.size());
}

using EndingTest = LiveTest;

TEST_F(EndingTest, SigtermEndsItCleanly) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    send_over(pair);
    recorder().signal(SIGTERM);
    EXPECT_EQ(recorder().wait(), 0);
    EXPECT_NE(recorder().errors().find("lost: nothing"), std::string::npos);
    EXPECT_EQ(analyze().size(), 2u);
    EXPECT_FALSE(std::filesystem::exists(capture() + ".part"));
}

TEST_F(EndingTest, DurationEndsIt) {
    start_recording({"--duration", "200ms"});
    EXPECT_EQ(recorder().wait(), 0);
    EXPECT_TRUE(analyze().empty() || std::filesystem::exists(capture()));
}

// What was written before the last half second is there; a killed recorder leaves the .part.
TEST_F(EndingTest, KilledRecorderLeavesWhatItWrote) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    send_over(pair);
    const std::string part = capture() + ".part";
    const auto before = std::filesystem::file_size(part);
    while (std::filesystem::file_size(part) < before + 400)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    recorder().signal(SIGKILL);
    EXPECT_EQ(recorder().wait(), 128 + SIGKILL);

    const Finished analyzed = run({HTTPPROF_BINARY, "analyze", part});
    EXPECT_EQ(analyzed.status, 0) << analyzed.errors;
    EXPECT_NE(analyzed.errors.find("without an End frame"), std::string::npos) << analyzed.errors;
    EXPECT_EQ(std::count(analyzed.output.begin(), analyzed.output.end(), '\n'), 2);
}

TEST_F(EndingTest, StandardOutputIsTheSameCapture) {
    ConnectionPair pair(AF_INET);
    ChildProcess to_stdout({.command = {HTTPPROF_BINARY, "record", "-o", "-", "--port",
                                        std::to_string(pair.server_port())}});
    ASSERT_TRUE(to_stdout.wait_for_error_text("httpprof: recording")) << to_stdout.errors();
    send_over(pair);
    to_stdout.signal(SIGINT);
    ASSERT_EQ(to_stdout.wait(), 0);
    std::ofstream(capture(), std::ios::binary) << to_stdout.output();
    EXPECT_EQ(analyze().size(), 2u);
}

TEST_F(EndingTest, FullDiskEndsItWithAnError) {
    ChildProcess full({.command = {HTTPPROF_BINARY, "record", "-o", "-"}});
    // /dev/full cannot be created as an output file, so standard output is sent there by a shell.
    ChildProcess recorder(
        {.command = {"/bin/sh", "-c",
                     std::string("exec ") + HTTPPROF_BINARY + " record -o - >/dev/full"}});
    EXPECT_EQ(recorder.wait(), 1);
    EXPECT_NE(recorder.errors().find("No space left on device"), std::string::npos)
        << recorder.errors();
    full.signal(SIGINT);
}

TEST_F(EndingTest, ExistingFileIsNotOverwritten) {
    std::ofstream(capture()) << "precious";
    const Finished refused = run({HTTPPROF_BINARY, "record", "-o", capture(), "--duration", "1ms"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_EQ(read_file(capture()), "precious");
    const Finished forced =
        run({HTTPPROF_BINARY, "record", "-f", "-o", capture(), "--duration", "1ms"});
    EXPECT_EQ(forced.status, 0) << forced.errors;
    EXPECT_NE(read_file(capture()), "precious");
}

}  // namespace
}  // namespace httpprof::test
