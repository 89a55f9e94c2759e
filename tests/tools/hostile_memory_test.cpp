// What a capture may make a reader take: every command reads files that were made to cost memory,
// with every checksum and digest right, and stays within the budget that format/README.md states.
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format/frame_header.h"
#include "tests/format/forge.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/child_process.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using format::FrameHeader;
using format::FrameType;
using format::kMaxRawSize;
using format::kMaxRecordCount;

constexpr int kBudget = 512;  // MiB, with four threads

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCountsOnlyTheProgram = false;
#elif defined(__has_feature)
constexpr bool kCountsOnlyTheProgram =
    !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool kCountsOnlyTheProgram = true;
#endif

struct Ended {
    int status = 0;  // 128 + n when ended by signal n
    int peak = 0;    // MiB of resident memory
};

// Runs a program with its outputs to nowhere.
Ended run_measured(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const std::string& argument : command)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
        const int nowhere = ::open("/dev/null", O_RDWR);
        for (int descriptor = 0; descriptor < 3; ++descriptor)
            ::dup2(nowhere, descriptor);
        ::execv(arguments[0], arguments.data());
        ::_exit(127);
    }
    int status = 0;
    rusage usage{};
    EXPECT_EQ(::wait4(pid, &status, 0, &usage), pid);
    return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
            static_cast<int>(usage.ru_maxrss / 1024)};
}

// ---- the files

constexpr ForgedFile kCurrent = {.minor_version = 1, .tag = 77};

// Frames that decompress to the most there may be, of next to nothing in the file.
std::string bombs() {
    Forge forge(kCurrent);
    forge.add_header();
    // One record in columns: two words, and a payload that takes the rest.
    const std::string record = data_record({.payload = std::string(60'000, 'a')});
    const std::vector<std::string> records(kMaxRawSize / (record.size() + 8), record);
    const std::string raw = records_message(records);
    for (int i = 0; i < 4; ++i)
        forge.add(FrameType::records, raw, static_cast<std::uint32_t>(records.size()));
    return forge.add_end().bytes();
}

// As many records in each frame as there may be, each nothing but a header, none of a known type.
std::string most_records() {
    Forge forge(kCurrent);
    forge.add_header();
    std::string record(16, '\0');
    record[0] = 16;  // size
    record[4] = 99;  // type
    record[6] = 16;  // header size
    const std::string raw = records_message(std::vector<std::string>(kMaxRecordCount, record));
    for (int i = 0; i < 4; ++i)
        forge.add(FrameType::records, raw, kMaxRecordCount);
    return forge.add_end().bytes();
}

// The longest lists that fit into a frame, of what is larger in memory than in the frame.
std::string long_counters() {
    format::Stats stats;
    stats.lost.assign(kMaxRawSize / 24 - 100, {});
    return message(stats);
}

std::string long_options() {
    format::Header header = sample_header();
    header.options.assign(kMaxRawSize / 8 - 100, {});
    return message(header);
}

std::string longest_lists() {
    Forge forge(kCurrent);
    forge.add(FrameType::header, long_options());
    forge.add(FrameType::header_copy, long_options());
    const std::string raw = long_counters();
    for (int i = 0; i < 6; ++i)
        forge.add(FrameType::stats, raw);
    return forge.add_end().bytes();
}

// The same where a frame is missing, so that those behind it are kept.
std::string waiting_frames() {
    Forge forge(kCurrent);
    forge.add_header();
    const std::string stats = long_counters();
    const std::string options = long_options();
    for (std::uint64_t i = 0; i < 10; ++i)
        forge.add(i % 2 == 0 ? FrameType::stats : FrameType::header_copy,
                  i % 2 == 0 ? stats : options, 0,
                  [](FrameHeader& header, std::string&) { header.number += 1; });
    return forge.bytes();
}

// Frames that hold nothing, `count` of them, each with the number that `number` makes of its place.
std::string tiny_frames(std::uint64_t count, std::uint64_t (*number)(std::uint64_t place)) {
    Forge forge(kCurrent);
    forge.add_header();
    for (std::uint64_t i = 1; i <= count; ++i)
        forge.add(FrameType{200}, "", 0, [&](FrameHeader& header, std::string& stored) {
            header.number = number(i);
            stored.clear();
        });
    return forge.bytes();
}

std::string tiny_frames_in_order() {
    return tiny_frames(100'000, [](std::uint64_t place) { return place; });
}

std::string tiny_frames_with_gaps() {
    return tiny_frames(50'000, [](std::uint64_t place) { return 2 * place; });
}

std::string tiny_frames_backwards() {
    return tiny_frames(50'000, [](std::uint64_t place) { return 50'001 - place; });
}

// Headers of the largest frames, each within the one before.
std::string overlapping_frames() {
    std::string bytes = Forge(kCurrent).add_header().bytes();
    FrameHeader header{.type = 200, .stored_size = format::kMaxStoredSize, .tag = kCurrent.tag};
    const auto encoded = format::encode_frame_header(header);
    const std::string_view frame(reinterpret_cast<const char*>(encoded.data()), encoded.size());
    while (bytes.size() < 10'000'000)
        bytes += frame;
    return bytes;
}

struct HostileFile {
    const char* name;
    std::string (*make)();
};

class HostileMemory : public ::testing::TestWithParam<HostileFile> {
  protected:
    std::string path(const std::string& name) const { return directory_.path() / name; }

  private:
    TemporaryDirectory directory_;
};

TEST_P(HostileMemory, StaysWithinTheBudget) {
    if (!kCountsOnlyTheProgram)
        GTEST_SKIP() << "the sanitizer's own memory would be counted as the program's";
    const std::string file = path("hostile.httpprof");
    std::ofstream(file, std::ios::binary) << GetParam().make();
    const std::vector<std::vector<std::string>> commands = {
        {"info"},
        {"verify"},
        {"dump", "-o", "/dev/null"},
        {"analyze", "-o", "/dev/null", "--env-out", path("env.yaml")},
        {"recover", "-f", "-o", path("out")},
        {"slice", "--port", "80", "-f", "-o", path("out")},
        {"merge", "-f", "-o", path("out")},
        {"redact", "-f", "-o", path("out")},
    };
    for (const std::vector<std::string>& command : commands) {
        std::vector<std::string> line = {HTTPPROF_BINARY, command[0], file, "--jobs", "4"};
        line.insert(line.end(), command.begin() + 1, command.end());
        const Ended ended = run_measured(line);
        EXPECT_THAT(ended.status, ::testing::AnyOf(0, 1, 3)) << command[0];
        EXPECT_LT(ended.peak, kBudget) << command[0];
        RecordProperty(command[0] + "_peak_mib", static_cast<int>(ended.peak));
    }
}

TEST(HostileMemoryOfThreads, ReadingAheadOnEightStaysWithinTheBudget) {
    if (!kCountsOnlyTheProgram) GTEST_SKIP() << "as above";
    const TemporaryDirectory folder;
    const std::string file = folder.path() / "hostile.httpprof";
    for (std::string (*const make)() : {bombs, most_records, longest_lists}) {
        std::ofstream(file, std::ios::binary) << make();
        const Ended ended = run_measured({HTTPPROF_BINARY, "verify", file, "--jobs", "8"});
        EXPECT_THAT(ended.status, ::testing::AnyOf(0, 3));
        EXPECT_LT(ended.peak, kBudget);
    }
}

// A body of zeros, as large as any may become, that zstd (RFC 8878) says with blocks of a byte
// each, behind a frame to skip that is long enough for the limit on the ratio.
std::string zstd_of_zeros() {
    constexpr std::size_t kBlock = 128 * 1024;
    constexpr std::size_t kBlocks = (std::size_t{64} << 20U) / kBlock;
    constexpr std::uint32_t kPadding = 80'000;
    constexpr std::uint32_t kRepeatedByte = 1 << 1 | kBlock << 3;
    std::string coded = "\x50\x2A\x4D\x18";
    for (unsigned shift = 0; shift < 32; shift += 8)
        coded += static_cast<char>(kPadding >> shift);
    coded += std::string(kPadding, 'x');
    coded += std::string("\x28\xB5\x2F\xFD\x00\x50", 6);  // a window of 1 MiB
    for (std::size_t i = 0; i < kBlocks; ++i) {
        const std::uint32_t header = kRepeatedByte | (i + 1 == kBlocks ? 1 : 0);
        for (unsigned shift = 0; shift < 24; shift += 8)
            coded += static_cast<char>(header >> shift);
        coded += '\0';
    }
    return coded;
}

// Every answer is such a body.
std::string decompression_bombs() {
    const std::string body = zstd_of_zeros();
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    const std::string response = "HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: " +
                                 std::to_string(body.size()) + "\r\n\r\n" + body;
    constexpr std::size_t kMostOfRecord = 60'000;
    std::vector<std::string> records;
    std::uint64_t sent = 1;
    std::uint64_t received = 1;
    std::uint64_t time = 1000;
    const auto answer = [&](const std::string& bytes) {
        records.push_back(data_record({.time_ns = time++,
                                       .direction = WIRE_RECV,
                                       .position = received,
                                       .other_position = sent,
                                       .payload = bytes}));
        received += bytes.size();
    };
    for (int i = 0; i < 4; ++i) {
        records.push_back(data_record(
            {.time_ns = time++, .position = sent, .other_position = received, .payload = request}));
        sent += request.size();
        answer(response.substr(0, kMostOfRecord));
        answer(response.substr(kMostOfRecord));
    }
    Forge forge(kCurrent);
    forge.add_header();
    forge.add(FrameType::records, records_message(records),
              static_cast<std::uint32_t>(records.size()));
    return forge.add_end().bytes();
}

TEST(HostileMemoryOfBodies, DecompressionBombsStayWithinTheBudget) {
    if (!kCountsOnlyTheProgram) GTEST_SKIP() << "as above";
    const TemporaryDirectory folder;
    const std::string file = folder.path() / "hostile.httpprof";
    std::ofstream(file, std::ios::binary) << decompression_bombs();
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"analyze", file},
                                               {"export", "har", file},
                                               {"export", "csv", file},
                                               {"report", file}}) {
        std::vector<std::string> line = command;
        line.insert(line.begin(), HTTPPROF_BINARY);
        line.insert(line.end(), {"--jobs", "4", "-o", "/dev/null"});
        const Ended ended = run_measured(line);
        EXPECT_EQ(ended.status, 0) << command[1];
        EXPECT_LT(ended.peak, kBudget) << command[1];
        EXPECT_GT(ended.peak, 64) << "nothing was decoded";
    }
}

void add_records(Forge& forge, const std::vector<std::string>& records) {
    forge.add(FrameType::records, records_message(records),
              static_cast<std::uint32_t>(records.size()));
}

// Each has an open request and is never closed.
std::string many_open_connections() {
    constexpr std::uint64_t kConnections = 150'000;
    constexpr std::size_t kOfFrame = 30'000;
    Forge forge(kCurrent);
    forge.add_header();
    std::vector<std::string> records;
    for (std::uint64_t i = 0; i < kConnections; ++i) {
        records.push_back(data_record({.time_ns = 1000 + i,
                                       .socket = {.inode = i},
                                       .payload = "GET / HTTP/1.1\r\nHost: h\r\nA:"}));
        if (records.size() < kOfFrame) continue;
        add_records(forge, records);
        records.clear();
    }
    return forge.add_end().bytes();
}

// CONNECTs one behind the other, each of which may turn what is behind it into a tunnel.
std::string many_unanswered_connects() {
    constexpr std::size_t kOfRecord = 65'520;
    const std::string connect = "CONNECT a HTTP/1.1\n\n";
    std::string payload;
    while (payload.size() < kOfRecord)
        payload += connect;
    Forge forge(kCurrent);
    forge.add_header();
    std::vector<std::string> records;
    for (std::uint64_t i = 0; i < 8; ++i)
        records.push_back(
            data_record({.time_ns = 1000 + i, .position = i * kOfRecord, .payload = payload}));
    add_records(forge, records);
    return forge.add_end().bytes();
}

// Each with a long environment and command line of its own, and a request.
std::string many_large_processes() {
    constexpr std::uint32_t kProcesses = 4'000;
    constexpr std::uint32_t kOfFrame = 80;
    Forge forge(kCurrent);
    forge.add_header();
    std::vector<std::string> records;
    for (std::uint32_t i = 0; i < kProcesses; ++i) {
        const WireTask task{.pid = i + 1, .tid = i + 1};
        const std::string number = std::to_string(i);
        records.push_back(
            process_record({.time_ns = 1000 + i,
                            .task = task,
                            .arguments = number + std::string(32'000, 'a') + '\0',
                            .environment = "V=" + number + std::string(130'000, 'v') + '\0'}));
        records.push_back(data_record({.time_ns = 1000 + i,
                                       .task = task,
                                       .socket = {.inode = i},
                                       .payload = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"}));
        if (records.size() < 2 * kOfFrame) continue;
        add_records(forge, records);
        records.clear();
    }
    return forge.add_end().bytes();
}

void expect_within_budget(const std::string& file,
                          const std::vector<std::vector<std::string>>& commands, int budget) {
    for (std::vector<std::string> line : commands) {
        line.insert(line.begin(), HTTPPROF_BINARY);
        line.insert(line.end(), {file, "--jobs", "4"});
        const Ended ended = run_measured(line);
        EXPECT_THAT(ended.status, ::testing::AnyOf(0, 2, 3)) << line[1];
        EXPECT_LT(ended.peak, budget) << line[1];
    }
}

TEST(HostileMemoryOfAnalysis, WhatWaitsForAnAnswerIsHeldOnce) {
    if (!kCountsOnlyTheProgram) GTEST_SKIP() << "as above";
    const TemporaryDirectory folder;
    const std::string file = folder.path() / "hostile.httpprof";
    std::ofstream(file, std::ios::binary) << many_unanswered_connects();
    expect_within_budget(file, {{"analyze", "-o", "/dev/null"}}, 128);
}

TEST(HostileMemoryOfAnalysis, OpenConnectionsStayWithinTheBudget) {
    if (!kCountsOnlyTheProgram) GTEST_SKIP() << "as above";
    const TemporaryDirectory folder;
    const std::string file = folder.path() / "hostile.httpprof";
    std::ofstream(file, std::ios::binary) << many_open_connections();
    expect_within_budget(
        file, {{"analyze", "-o", "/dev/null"}, {"export", "pcapng", "-o", "/dev/null"}}, kBudget);
    expect_within_budget(file, {{"diff", file}}, kBudget + 2 * 1024);
}

TEST(HostileMemoryOfAnalysis, ProcessesStayWithinTheBudget) {
    if (!kCountsOnlyTheProgram) GTEST_SKIP() << "as above";
    const TemporaryDirectory folder;
    const std::string file = folder.path() / "hostile.httpprof";
    std::ofstream(file, std::ios::binary) << many_large_processes();
    // Environments are asked for by the last one alone.
    expect_within_budget(file,
                         {{"analyze", "-o", "/dev/null"},
                          {"analyze", "-o", "/dev/null", "--normalize"},
                          {"export", "service-map", "-o", "/dev/null"}},
                         kBudget);
}

TEST(HostileMemoryOfAnalysis, WithoutMemoryItSaysSo) {
    if (!kCountsOnlyTheProgram) GTEST_SKIP() << "as above";
    if (HTTPPROF_IS_EMULATED) GTEST_SKIP() << "the emulator itself needs more memory";
    const TemporaryDirectory folder;
    const std::string file = folder.path() / "hostile.httpprof";
    std::ofstream(file, std::ios::binary) << many_open_connections();
    const std::string command = std::string("ulimit -v 120000 && exec ") + HTTPPROF_BINARY;
    const std::string options = " --jobs 1 " + file;
    EXPECT_EQ(run_measured({"/bin/sh", "-c", command + " analyze -o /dev/null" + options}).status,
              1);
    EXPECT_EQ(run_measured({"/bin/sh", "-c", command + " diff" + options + " " + file}).status, 2);
}

INSTANTIATE_TEST_SUITE_P(
    Files, HostileMemory,
    ::testing::Values(HostileFile{"Bombs", bombs}, HostileFile{"MostRecords", most_records},
                      HostileFile{"LongestLists", longest_lists},
                      HostileFile{"WaitingFrames", waiting_frames},
                      HostileFile{"TinyFrames", tiny_frames_in_order},
                      HostileFile{"TinyFramesWithGaps", tiny_frames_with_gaps},
                      HostileFile{"TinyFramesBackwards", tiny_frames_backwards},
                      HostileFile{"OverlappingFrames", overlapping_frames}),
    [](const auto& file) { return file.param.name; });

}  // namespace
}  // namespace httpprof::test
