// Recordings of several files, signed and encrypted ones, and what the offline commands say of
// them.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <signal.h>
#include <sys/socket.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"
#include "tests/support/wait_until.h"

namespace httpprof::test {
namespace {

const std::string kGetSegments = "GET /segments HTTP/1.1\r\nHost: test\r\n\r\n";
constexpr long kEventsOfExchange = 4;
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

void exchange(const ConnectionPair& pair) {
    write_text(pair.client(), kGetSegments);
    read_text(pair.server(), kGetSegments.size());
    write_text(pair.server(), kOk);
    read_text(pair.client(), kOk.size());
}

class SegmentsE2eTest : public LiveTest {
  protected:
    // The complete files of capture(), in order.
    std::vector<std::string> segments() const {
        std::vector<std::string> paths;
        for (int i = 0;; ++i) {
            char name[64];
            std::snprintf(name, sizeof(name), "capture.%06d.httpprof", i);
            if (!std::filesystem::exists(file(name))) return paths;
            paths.push_back(file(name));
        }
    }

    // Whether the newest file, which is not complete yet, has all of an exchange.
    bool has_exchange(std::size_t segment, const std::vector<std::string>& reading) const {
        char name[64];
        std::snprintf(name, sizeof(name), "capture.%06zu.httpprof.part", segment);
        const Finished analyzed = httpprof("analyze", {file(name)}, reading);
        return std::ranges::count(analyzed.output, '\n') == kEventsOfExchange;
    }

    // Each block of records becomes a file: one connection over `count` of them.
    void record_segments(std::size_t count, std::vector<std::string> options = {},
                         const std::vector<std::string>& reading = {}) {
        const ConnectionPair pair(AF_INET);
        options.insert(options.end(),
                       {"--rotate-size", "1", "--port", std::to_string(pair.server_port())});
        start_recording(options);
        for (std::size_t i = 0; i < count; ++i) {
            exchange(pair);
            ASSERT_TRUE(wait_until([&] { return has_exchange(i, reading); }));
        }
        stop_recording();
        ASSERT_EQ(segments().size(), count);
    }

    Finished httpprof(const std::string& command, const std::vector<std::string>& files,
                      const std::vector<std::string>& options = {}) const {
        std::vector<std::string> arguments{HTTPPROF_BINARY, command};
        arguments.insert(arguments.end(), files.begin(), files.end());
        arguments.insert(arguments.end(), options.begin(), options.end());
        return run(arguments);
    }

    std::string key(const std::string& name) const {
        EXPECT_EQ(run({HTTPPROF_BINARY, "keygen", "-o", file(name)}).status, 0);
        return file(name);
    }
};

TEST_F(SegmentsE2eTest, TogetherTheyGiveWhatOneFileGives) {
    record_segments(3);
    std::vector<std::string> files = segments();
    const Finished verified = httpprof("verify", files);
    EXPECT_EQ(verified.status, 0) << verified.output << verified.errors;

    ASSERT_EQ(httpprof("merge", files, {"-o", file("one.httpprof")}).status, 0);
    const Finished one_verified = httpprof("verify", {file("one.httpprof")});
    EXPECT_EQ(one_verified.status, 0) << one_verified.output << one_verified.errors;
    const Finished one = httpprof("analyze", {file("one.httpprof")}, {"--env-out", file("1.yaml")});
    std::ranges::reverse(files);
    const Finished all = httpprof("analyze", files, {"--env-out", file("2.yaml")});
    EXPECT_EQ(std::ranges::count(all.output, '\n'),
              kEventsOfExchange * static_cast<long>(segments().size()));
    EXPECT_EQ(all.output, one.output);
    EXPECT_EQ(read_file(file("1.yaml")), read_file(file("2.yaml")));
}

TEST_F(SegmentsE2eTest, EachStandsAlone) {
    record_segments(3);
    for (const std::string& path : segments()) {
        const Finished alone = httpprof("analyze", {path}, {"--env-out", file("env")});
        EXPECT_EQ(alone.status, 0);
        EXPECT_EQ(std::ranges::count(alone.output, '\n'), kEventsOfExchange) << alone.output;
        const std::string environment = read_file(file("env"));
        EXPECT_NE(environment.find("\nenv:"), std::string::npos) << environment;
        EXPECT_EQ(environment.find("\nerror:"), std::string::npos) << environment;
    }
}

TEST_F(SegmentsE2eTest, AMissingOneIsFound) {
    record_segments(3);
    std::vector<std::string> files = segments();
    files.erase(files.begin() + 1);
    const Finished verified = httpprof("verify", files);
    EXPECT_EQ(verified.status, 3) << verified.output << verified.errors;
    const Finished analyzed = httpprof("analyze", files, {"--strict"});
    EXPECT_EQ(analyzed.status, 3);
    EXPECT_NE(analyzed.errors.find("segment 1 is not there"), std::string::npos) << analyzed.errors;

    for (const std::string command : {"merge", "slice"}) {
        const std::string made = file(command);
        EXPECT_EQ(httpprof(command, files, {"-o", made}).status, 3);
        const Finished again = httpprof("analyze", {made}, {"--strict"});
        EXPECT_EQ(again.status, 3);
        EXPECT_NE(again.errors.find("1 segment not there"), std::string::npos) << again.errors;
    }
}

TEST_F(SegmentsE2eTest, OnlyTheNewestAreKept) {
    // One of a certain number may be gone before it is seen.
    const auto has_segment_from = [this](const std::string& first) {
        const auto folder = std::filesystem::path(capture()).parent_path();
        return std::ranges::any_of(
            std::filesystem::directory_iterator(folder),
            [&](const auto& entry) { return entry.path().filename().string() >= first; });
    };
    const ConnectionPair pair(AF_INET);
    start_recording({"--rotate-size", "1", "--max-segments", "2", "--port",
                     std::to_string(pair.server_port())});
    EXPECT_TRUE(wait_until([&] {
        exchange(pair);
        return has_segment_from("capture.000003");
    }));
    stop_recording();
    EXPECT_TRUE(segments().empty());  // the first is gone
    std::size_t kept = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(capture()).parent_path()))
        if (entry.path().extension() == ".httpprof") ++kept;
    EXPECT_EQ(kept, 2u);
}

TEST_F(SegmentsE2eTest, ASegmentThatIsThereIsNotReplaced) {
    std::ofstream(file("capture.000005.httpprof")) << "precious";
    const Finished refused = run(
        {HTTPPROF_BINARY, "record", "-o", capture(), "--rotate-size", "1MiB", "--duration", "1ms"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.errors.find("is there already"), std::string::npos) << refused.errors;
}

TEST_F(SegmentsE2eTest, EndsAtItsGreatestSize) {
    const ConnectionPair pair(AF_INET);
    start_recording({"--max-size", "1KiB", "--port", std::to_string(pair.server_port())});
    exchange(pair);
    EXPECT_EQ(recorder().wait(), 0);
    EXPECT_NE(recorder().errors().find("max-size after"), std::string::npos) << recorder().errors();
    EXPECT_EQ(httpprof("verify", {capture()}).status, 0);
    EXPECT_EQ(analyze().size(), 4u);
}

TEST_F(SegmentsE2eTest, OnlyTheAnalystReadsAnEncryptedCapture) {
    const std::string analyst = key("analyst");
    const std::string host = key("host");
    record_segments(2, {"--encrypt-to", analyst + ".pub", "--sign-key", host + ".key"},
                    {"--key", analyst + ".key"});
    EXPECT_EQ(httpprof("analyze", segments()).status, 1);
    EXPECT_EQ(httpprof("analyze", segments(), {"--key", host + ".key"}).status, 1);
    const Finished analyzed = httpprof("analyze", segments(), {"--key", analyst + ".key"});
    EXPECT_EQ(std::ranges::count(analyzed.output, '\n'),
              kEventsOfExchange * static_cast<long>(segments().size()));

    EXPECT_EQ(httpprof("verify", segments(), {"--public-key", host + ".pub"}).status, 0);
    EXPECT_EQ(httpprof("verify", segments(), {"--public-key", analyst + ".pub"}).status, 3);
    EXPECT_EQ(
        httpprof("verify", segments(), {"--public-key", host + ".pub", "--key", analyst + ".key"})
            .status,
        0);
    for (const std::string& path : segments())
        EXPECT_EQ(read_file(path).find("/segments"), std::string::npos);
}

TEST_F(SegmentsE2eTest, SecretsOfACommandAreNotInTheClearWhereAllElseIsEncrypted) {
    const std::string analyst = key("analyst");
    const std::vector<std::string> command = {
        HTTPPROF_BINARY, "record", "-f", "-o", capture(), "--", "true", "--token", "s3cr3t"};
    EXPECT_EQ(run(command).status, 0);
    EXPECT_NE(httpprof("info", {capture()}).output.find("true --token s3cr3t\n"),
              std::string::npos);
    std::vector<std::string> encrypted = command;
    encrypted.insert(encrypted.begin() + 2, {"--encrypt-to", analyst + ".pub"});
    EXPECT_EQ(run(encrypted).status, 0);
    EXPECT_NE(httpprof("info", {capture()}).output.find("true --token XXXXXX\n"),
              std::string::npos);
}

TEST_F(SegmentsE2eTest, AHostThatSignsCannotBeTheReader) {
    const std::string host = key("host");
    const Finished refused = run({HTTPPROF_BINARY, "record", "-o", capture(), "--encrypt-to",
                                  host + ".pub", "--sign-key", host + ".key"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.errors.find("could read the capture"), std::string::npos) << refused.errors;
}

TEST_F(SegmentsE2eTest, WhatAKilledRecorderLeftIsRecovered) {
    const ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port())});
    exchange(pair);
    const std::string part = capture() + ".part";
    EXPECT_TRUE(wait_until([&] { return !httpprof("analyze", {part}).output.empty(); }));
    recorder().signal(SIGKILL);
    recorder().wait();
    EXPECT_EQ(httpprof("verify", {part}).status, 3);
    const std::string whole = file("whole.httpprof");
    EXPECT_EQ(httpprof("recover", {part}, {"-o", whole}).status, 3);
    EXPECT_EQ(httpprof("verify", {whole}).status, 0);
    EXPECT_EQ(httpprof("analyze", {whole}).output, httpprof("analyze", {part}).output);
}

}  // namespace
}  // namespace httpprof::test
