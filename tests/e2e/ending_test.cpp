// How a recording ends, and what is left then.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"
#include "tests/support/wait_until.h"

namespace httpprof::test {
namespace {

const std::string kGetEnding = "GET /ending HTTP/1.1\r\nHost: test\r\n\r\n";

void send_over(const ConnectionPair& pair) {
    write_text(pair.client(), kGetEnding);
    read_text(pair.server(), kGetEnding.size());
}

using EndingTest = LiveTest;

TEST_F(EndingTest, SignalsEndItCleanly) {
    for (const int signal : {SIGTERM, SIGHUP}) {
        ConnectionPair pair(AF_INET);
        start_recording({"-f", "--port", std::to_string(pair.server_port())});
        send_over(pair);
        recorder().signal(signal);
        EXPECT_EQ(recorder().wait(), 0);
        EXPECT_NE(recorder().errors().find("lost: nothing"), std::string::npos);
        EXPECT_EQ(analyze().size(), 2u);
        EXPECT_FALSE(std::filesystem::exists(capture() + ".part"));
    }
}

TEST_F(EndingTest, HangupUnderNohupDoesNotEndIt) {
    const std::string command = HTTPPROF_BINARY " record --duration 500ms -o " + capture();
    ChildProcess recorder({.command = {"/bin/sh", "-c", "trap '' HUP; exec " + command}});
    ASSERT_TRUE(recorder.wait_for_error_text("httpprof: recording")) << recorder.errors();
    recorder.signal(SIGHUP);
    EXPECT_EQ(recorder.wait(), 0);
    EXPECT_NE(recorder.errors().find("duration after "), std::string::npos) << recorder.errors();
}

TEST_F(EndingTest, CommandThatCannotBeExecutedLeavesNothing) {
    const Finished finished = run({HTTPPROF_BINARY, "record", "-o", capture(), "--", file("none")});
    EXPECT_EQ(finished.status, 1);
    EXPECT_NE(finished.errors.find("cannot execute"), std::string::npos) << finished.errors;
    EXPECT_FALSE(std::filesystem::exists(capture() + ".part"));
}

TEST_F(EndingTest, LimitOfTheFileSizeEndsItWithAnError) {
    const Finished finished =
        run({"/bin/sh", "-c", "ulimit -f 1; exec " HTTPPROF_BINARY " record -o " + capture()});
    EXPECT_EQ(finished.status, 1);
    EXPECT_NE(finished.errors.find("File too large"), std::string::npos) << finished.errors;
    EXPECT_FALSE(std::filesystem::exists(capture() + ".part")) << "in the way of the next try";
}

TEST_F(EndingTest, DurationEndsIt) {
    start_recording({"--duration", "200ms"});
    EXPECT_EQ(recorder().wait(), 0);
    EXPECT_NE(recorder().errors().find("duration after "), std::string::npos)
        << recorder().errors();
    EXPECT_EQ(run({HTTPPROF_BINARY, "verify", capture()}).status, 0);
}

TEST_F(EndingTest, SaysThatTheCommandGoesOn) {
    const Finished finished = run({HTTPPROF_BINARY, "record", "-o", capture(), "--duration", "1ms",
                                   "--", "/bin/sh", "-c", endless_command()});
    EXPECT_EQ(finished.status, 0);
    EXPECT_NE(finished.errors.find("the command goes on, not recorded, as pid "), std::string::npos)
        << finished.errors;
}

TEST_F(EndingTest, SignalEndsTheWaitForAReaderOfANamedPipe) {
    ASSERT_EQ(::mkfifo(capture().c_str(), 0600), 0);
    ChildProcess waiting({.command = {HTTPPROF_BINARY, "record", "-o", capture()}});
    const std::string place = "/proc/" + std::to_string(waiting.pid()) + "/wchan";
    wait_until([&] { return read_file(place) == "wait_for_partner"; });
    waiting.signal(SIGTERM);
    EXPECT_EQ(waiting.wait(), 128 + SIGTERM);
}

// Shells have SIGINT ignored by what a script runs in the background.
TEST_F(EndingTest, SignalEndsTheWaitForAReaderThatTakesNoMore) {
    const auto before = ::signal(SIGINT, SIG_IGN);
    ASSERT_EQ(::mkfifo(capture().c_str(), 0600), 0);
    const int reader = ::open(capture().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ConnectionPair pair(AF_INET);
    start_recording({"--sockets", "all", "--port", std::to_string(pair.server_port())});
    ::signal(SIGINT, before);
    std::string random(512 * 1024, ' ');  // more than a pipe holds
    std::generate(random.begin(), random.end(), std::mt19937(1));
    std::thread sender([&] { write_text(pair.client(), random); });
    read_text(pair.server(), random.size());
    sender.join();
    EXPECT_EQ(recorder().wait_while_signalling(SIGINT), 128 + SIGINT);
    ::close(reader);
}

// Signals that the caller ignores, as a supervisor may do, are the same to the command as without
// the recorder, which nevertheless learns of its exit.
TEST_F(EndingTest, SignalsThatTheCallerIgnores) {
    const std::string ask = "grep SigIgn /proc/self/status; exit 9";
    for (const std::string ignored : {"''", "'' CHLD PIPE XFSZ"}) {
        const std::string ignore = "trap " + ignored + "; ";
        const Finished alone = run({"/bin/bash", "-c", ignore + "exec sh -c '" + ask + "'"});
        const Finished recorded = run({"/bin/bash", "-c",
                                       ignore + "exec " + HTTPPROF_BINARY + " record -f -o " +
                                           capture() + " -- sh -c '" + ask + "'"});
        EXPECT_EQ(recorded.status, 9) << recorded.errors;
        EXPECT_EQ(recorded.output, alone.output);
    }
}

// Nothing that is opened takes the place of standard output or error, to get what is said there.
TEST_F(EndingTest, WithoutStandardDescriptors) {
    const std::string go = file("go");
    const Finished finished =
        run({"/bin/sh", "-c",
             HTTPPROF_BINARY + (" record -o " + capture()) + " -- touch " + go + " <&- >&- 2>&-"});
    EXPECT_EQ(finished.status, 0);
    EXPECT_TRUE(std::filesystem::exists(go));
    EXPECT_EQ(run({HTTPPROF_BINARY, "verify", capture()}).status, 0);
}

// What was written before the last half second is there; a killed recorder leaves the .part.
TEST_F(EndingTest, KilledRecorderLeavesWhatItWrote) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    send_over(pair);
    const std::string part = capture() + ".part";
    wait_until([&] { return !run({HTTPPROF_BINARY, "analyze", part}).output.empty(); });
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

TEST_F(EndingTest, WhatACommandWritesIsNotMixedIntoTheCapture) {
    ChildProcess to_stdout(
        {.command = {HTTPPROF_BINARY, "record", "-o", "-", "--", "/bin/echo", "said"}});
    ASSERT_EQ(to_stdout.wait(), 0);
    EXPECT_NE(to_stdout.errors().find("said\n"), std::string::npos) << to_stdout.errors();
    std::ofstream(capture(), std::ios::binary) << to_stdout.output();
    const Finished verified = run({HTTPPROF_BINARY, "verify", capture()});
    EXPECT_EQ(verified.status, 0) << verified.output << verified.errors;
}

TEST_F(EndingTest, FullDiskEndsItWithAnError) {
    const Finished finished = run({HTTPPROF_BINARY, "record", "-o", "/dev/full"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_NE(finished.errors.find("No space left on device"), std::string::npos)
        << finished.errors;
}

// A small file system of its own, which only the recorder sees.
TEST_F(EndingTest, DiskThatFillsUpLeavesWhatWasWritten) {
    ConnectionPair pair(AF_INET);
    std::filesystem::create_directory(file("small"));
    const std::string script = "mount -t tmpfs -o size=256k none " + file("small") + " && " +
                               HTTPPROF_BINARY " record -o " + file("small") +
                               "/capture --sockets all --snaplen 1MiB --port " +
                               std::to_string(pair.server_port()) + "; status=$?; cp " +
                               file("small") + "/capture.part " + capture() + "; exit $status";
    ChildProcess recorder({.command = {"unshare", "--mount", "/bin/bash", "-c", script}});
    if (!recorder.wait_for_error_text("httpprof: recording"))
        GTEST_SKIP() << "cannot mount: " << recorder.errors();
    send_over(pair);
    const std::string part =
        "/proc/" + std::to_string(recorder.pid()) + "/root" + file("small") + "/capture.part";
    wait_until([&] { return !run({HTTPPROF_BINARY, "analyze", part}).output.empty(); });
    // Bytes that do not compress.
    std::string noise(60'000, ' ');
    std::uint32_t state = 1;
    for (int round = 0; round < 40; ++round) {
        for (char& byte : noise) {
            state = state * 1'664'525 + 1'013'904'223;
            byte = static_cast<char>(state >> 24);
        }
        std::thread writer([&] { write_text(pair.client(), noise); });
        read_text(pair.server(), noise.size());
        writer.join();
    }
    EXPECT_EQ(recorder.wait(), 1);
    EXPECT_NE(recorder.errors().find("No space left on device"), std::string::npos)
        << recorder.errors();
    const Finished analyzed = run({HTTPPROF_BINARY, "analyze", capture()});
    EXPECT_EQ(analyzed.status, 0) << analyzed.errors;
    EXPECT_EQ(std::count(analyzed.output.begin(), analyzed.output.end(), '\n'), 2)
        << analyzed.errors;
}

TEST_F(EndingTest, ReaderOfThePipeThatLeavesEndsIt) {
    ChildProcess recorder(
        {.command = {"/bin/bash", "-c",
                     "set -o pipefail; " HTTPPROF_BINARY " record -o - | head -c 100 >/dev/null"}});
    EXPECT_EQ(recorder.wait(), 1);
    EXPECT_NE(recorder.errors().find("Broken pipe"), std::string::npos) << recorder.errors();
}

TEST_F(EndingTest, SaysThatTheCommandGoesOnWhenItCannotWrite) {
    const std::string command = " -- /bin/sh -c '" + endless_command() + "'";
    const std::string reader = "until test -e " + file("started") + "; do sleep 0.05; done";
    ChildProcess recorder(
        {.command = {"/bin/sh", "-c", HTTPPROF_BINARY " record -o -" + command + " | " + reader}});
    recorder.wait();
    EXPECT_NE(recorder.errors().find("the command goes on, not recorded, as pid "),
              std::string::npos)
        << recorder.errors();
    EXPECT_NE(recorder.errors().find("Broken pipe"), std::string::npos) << recorder.errors();
}

// The numbers of all BPF programs in the kernel, which are not used again.
std::set<std::uint32_t> loaded_programs() {
    std::set<std::uint32_t> ids;
    for (std::uint32_t id = 0; ::bpf_prog_get_next_id(id, &id) == 0;)
        ids.insert(id);
    return ids;
}

// Those that an earlier recorder had may be there yet: the kernel lets go of them when nobody can
// be running them any more.
TEST_F(EndingTest, KilledRecorderLeavesNoProgramInTheKernel) {
    const auto before = loaded_programs();
    start_recording();
    std::vector<std::uint32_t> own;
    std::ranges::set_difference(loaded_programs(), before, std::back_inserter(own));
    EXPECT_FALSE(own.empty());
    recorder().signal(SIGKILL);
    recorder().wait();
    const auto are_gone = [&own] {
        const auto loaded = loaded_programs();
        return std::ranges::none_of(own, [&](std::uint32_t id) { return loaded.contains(id); });
    };
    EXPECT_TRUE(wait_until(are_gone));
}

TEST_F(EndingTest, GivesUpPrivilegesAndSystemCalls) {
    start_recording();
    const std::string status = read_file("/proc/" + std::to_string(recorder().pid()) + "/status");
    EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos) << status;
    EXPECT_NE(status.find("Seccomp:\t2"), std::string::npos) << status;
    const std::size_t effective = status.find("CapEff:\t") + 8;
    const std::uint64_t kept = std::stoull(status.substr(effective, 16), nullptr, 16);
    constexpr auto kMayBeKept = std::uint64_t{1} << CAP_SYS_PTRACE | std::uint64_t{1} << CAP_BPF;
    EXPECT_EQ(kept & ~kMayBeKept, 0u) << status;  // older kernels want the latter to read a map
    stop_recording();
}

TEST_F(EndingTest, DoesNotPreemptWhatItRecords) {
    start_recording();
    const std::string threads = "/proc/" + std::to_string(recorder().pid()) + "/task";
    for (const auto& thread : std::filesystem::directory_iterator(threads))
        EXPECT_EQ(::sched_getscheduler(std::stoi(thread.path().filename())), SCHED_BATCH);
    stop_recording();
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

TEST_F(EndingTest, CaptureThatIsBeingWrittenIsNotOverwritten) {
    start_recording();
    const Finished refused =
        run({HTTPPROF_BINARY, "record", "-f", "-o", capture(), "--duration", "1ms"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.errors.find("another process is writing it"), std::string::npos)
        << refused.errors;
    stop_recording();
    EXPECT_EQ(run({HTTPPROF_BINARY, "verify", capture()}).status, 0);
}

}  // namespace
}  // namespace httpprof::test
