// httpprof live, beside record and analyze of the same traffic.
#include <algorithm>
#include <cstddef>
#include <fstream>
#include <functional>
#include <sstream>

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"
#include "tests/support/wait_until.h"

namespace httpprof::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string read_all_of(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

void exchange_over(const ConnectionPair& pair, const std::string& path) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n";
    const std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    write_text(pair.client(), request);
    read_text(pair.server(), request.size());
    write_text(pair.server(), response);
    read_text(pair.client(), response.size());
}

// Two requests before their responses.
void pipeline_over(const ConnectionPair& pair) {
    const std::string requests = "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n";
    const std::string responses =
        "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    write_text(pair.client(), requests);
    read_text(pair.server(), requests.size());
    write_text(pair.server(), responses);
    read_text(pair.client(), responses.size());
}

// A request whose client leaves within it.
void abort_over(ConnectionPair& pair) {
    const std::string begun = "POST /upload HTTP/1.1\r\nContent-Length: 9\r\n\r\npart";
    write_text(pair.client(), begun);
    read_text(pair.server(), begun.size());
    pair.close_client();
}

// The events without what two recorders read from the clock at different moments.
std::vector<nlohmann::json> without_times(const std::string& lines) {
    std::vector<nlohmann::json> events;
    std::istringstream input(lines);
    for (std::string line; std::getline(input, line);) {
        events.push_back(nlohmann::json::parse(line));
        for (const char* name : {"timestamp", "latency_ns", "duration_ns"})
            events.back().erase(name);
    }
    return events;
}

std::string without_start(const std::string& yaml) {
    std::string text;
    std::istringstream input(yaml);
    for (std::string line; std::getline(input, line);) {
        if (!line.starts_with("start_time")) text += line + '\n';
    }
    return text;
}

// How many lines there are, as soon as there are enough.
std::ptrdiff_t lines_in_time(std::ptrdiff_t enough, const std::function<std::string()>& read) {
    std::ptrdiff_t lines = 0;
    wait_until([&] {
        const std::string text = read();
        lines = std::ranges::count(text, '\n');
        return lines >= enough;
    });
    return lines;
}

class LiveCommandTest : public LiveTest {
  protected:
    ChildProcess start_live(const ConnectionPair& pair, const std::vector<std::string>& more = {}) {
        std::vector<std::string> command = {HTTPPROF_BINARY, "live", "--port",
                                            std::to_string(pair.server_port())};
        command.insert(command.end(), more.begin(), more.end());
        return ChildProcess(
            {.command = command,
             .environment = std::vector<std::string>{"OUTPUT_PATH=" + file("events.jsonl"),
                                                     "ENV_OUTPUT_PATH=" + file("env.yaml")}});
    }
};

TEST_F(LiveCommandTest, SaysWhatRecordAndAnalyzeSay) {
    ConnectionPair pair(AF_INET);
    ConnectionPair pipelined(AF_INET6);
    ConnectionPair aborted(AF_INET);
    const std::string others =
        std::to_string(pipelined.server_port()) + ',' + std::to_string(aborted.server_port());
    ChildProcess live = start_live(pair, {"--port", others});
    ASSERT_TRUE(live.wait_for_error_text("httpprof: live")) << live.errors();
    start_recording({"--port", std::to_string(pair.server_port()) + ',' + others});
    for (int i = 0; i < 20; ++i)
        exchange_over(pair, "/" + std::to_string(i));
    pipeline_over(pipelined);
    abort_over(aborted);
    stop_recording();
    live.signal(SIGINT);
    ASSERT_EQ(live.wait(), 0) << live.errors();
    const Finished analyzed =
        run({HTTPPROF_BINARY, "analyze", capture(), "--env-out", file("analyzed.yaml")});
    EXPECT_EQ(std::ranges::count(analyzed.output, '\n'), 80 + 8 + 2);
    EXPECT_EQ(without_times(read_all_of(file("events.jsonl"))), without_times(analyzed.output));
    EXPECT_EQ(without_start(read_all_of(file("env.yaml"))),
              without_start(read_all_of(file("analyzed.yaml"))));
}

TEST_F(LiveCommandTest, WritesWhileTheTrafficGoesOn) {
    ConnectionPair pair(AF_INET);
    ChildProcess live = start_live(pair);
    ASSERT_TRUE(live.wait_for_error_text("httpprof: live")) << live.errors();
    exchange_over(pair, "/now");
    EXPECT_EQ(lines_in_time(4, [&] { return read_all_of(file("events.jsonl")); }), 4);
    EXPECT_THAT(read_all_of(file("env.yaml")), HasSubstr("pid: "));
    live.signal(SIGINT);
    EXPECT_EQ(live.wait(), 0);
}

TEST_F(LiveCommandTest, WhatIsRecordedIntoAPipeIsAnalyzedMeanwhile) {
    ConnectionPair pair(AF_INET);
    ConnectionPair open(AF_INET);
    ASSERT_EQ(::mkfifo(file("pipe").c_str(), 0600), 0);
    ChildProcess analyzer(
        {.command = {HTTPPROF_BINARY, "analyze", "-", "--live", "--env-out", file("env.yaml")},
         .input = file("pipe")});
    ChildProcess recorder(
        {.command = {"sh", "-c",
                     "exec " HTTPPROF_BINARY " record -o - --port " +
                         std::to_string(pair.server_port()) + "," +
                         std::to_string(open.server_port()) + " >" + file("pipe")}});
    ASSERT_TRUE(recorder.wait_for_error_text("httpprof: recording")) << recorder.errors();
    exchange_over(pair, "/now");
    // No end follows to this beginning, and nothing waits for it.
    write_text(open.client(), "GET /open HTTP/1.1\r\n");
    exchange_over(pair, "/then");
    EXPECT_EQ(lines_in_time(8, [&] { return analyzer.output(); }), 8);
    EXPECT_THAT(read_all_of(file("env.yaml")), HasSubstr("pid: "));
    recorder.signal(SIGINT);
    EXPECT_EQ(recorder.wait(), 0);
    EXPECT_EQ(analyzer.wait(), 0) << analyzer.errors();
}

TEST_F(LiveCommandTest, PrettyPrintsALineForEachEndOfAnExchange) {
    ConnectionPair pair(AF_INET);
    ChildProcess live = start_live(pair, {"--pretty"});
    ASSERT_TRUE(live.wait_for_error_text("httpprof: live")) << live.errors();
    exchange_over(pair, "/shown");
    live.signal(SIGINT);
    ASSERT_EQ(live.wait(), 0);
    const std::string text = live.output();
    EXPECT_EQ(std::ranges::count(text, '\n'), 2) << text;
    EXPECT_THAT(text, HasSubstr("/shown"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    // The variable names the file, so it is written as well.
    EXPECT_EQ(without_times(read_all_of(file("events.jsonl"))).size(), 4u);
}

TEST_F(LiveCommandTest, AFullOutputEndsItWithAnError) {
    ConnectionPair pair(AF_INET);
    ChildProcess live = start_live(pair, {"-o", "/dev/full"});
    ASSERT_TRUE(live.wait_for_error_text("httpprof: live")) << live.errors();
    exchange_over(pair, "/lost");
    EXPECT_EQ(live.wait(), 1);
    EXPECT_THAT(live.errors(), HasSubstr("cannot write /dev/full: No space left on device"));
    EXPECT_THAT(live.errors(), Not(HasSubstr("the command goes on")));
}

TEST_F(LiveCommandTest, SaysThatTheCommandGoesOnWhenItCannotWrite) {
    ConnectionPair pair(AF_INET);
    ChildProcess live = start_live(pair, {"-o", "/dev/full", "--pid", std::to_string(::getpid()),
                                          "--", "/bin/sh", "-c", endless_command()});
    ASSERT_TRUE(live.wait_for_error_text("httpprof: live")) << live.errors();
    exchange_over(pair, "/lost");
    EXPECT_EQ(live.wait(), 1);
    EXPECT_THAT(live.errors(), HasSubstr("cannot write /dev/full: No space left on device"));
    EXPECT_THAT(live.errors(), HasSubstr("the command goes on, not recorded, as pid "));
}

TEST_F(LiveCommandTest, SaysThatTheCommandGoesOnWhenItsReaderLeft) {
    ConnectionPair pair(AF_INET);
    ChildProcess live({.command = {"/bin/sh", "-c",
                                   HTTPPROF_BINARY " live -o - --env-out " + file("env.yaml") +
                                       " --pid " + std::to_string(::getpid()) + " -- /bin/sh -c '" +
                                       endless_command() + "' | true"}});
    ASSERT_TRUE(live.wait_for_error_text("httpprof: live")) << live.errors();
    exchange_over(pair, "/lost");
    live.wait();
    EXPECT_THAT(live.errors(), HasSubstr("the command goes on, not recorded, as pid "));
}

}  // namespace
}  // namespace httpprof::test
