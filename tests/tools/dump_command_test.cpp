// httpprof dump as a user calls it.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "format/keys.h"
#include "format/writer.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string capture_of_blocks(const format::WriteOptions& options = {}, int blocks = 1) {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, sample_header(), options);
    EXPECT_TRUE(writer.ok());
    EXPECT_TRUE((*writer)->write(format::Clock{0, 1}).ok());
    for (int i = 0; i < blocks; ++i) {
        format::RecordBlock block;
        block.append(process_record());
        block.append(data_record({.payload = std::string(10'000, 'x')}));
        EXPECT_TRUE((*writer)->write(block).ok());
    }
    EXPECT_TRUE((*writer)->end({.reason = "interrupted", .stats = {}}).ok());
    return sink.bytes();
}

class DumpCommandTest : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return directory_.path() / name; }

    std::string file(const std::string& name, const std::string& bytes) {
        std::ofstream(path(name), std::ios::binary) << bytes;
        return path(name);
    }

    static Finished dump(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {HTTPPROF_BINARY, "dump"});
        return run(arguments);
    }

    static std::vector<std::string> types(const std::string& text) {
        std::vector<std::string> types;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);)
            types.push_back(nlohmann::json::parse(line).at("type"));
        return types;
    }

    static void expect_failure(const Finished& finished, int status, const std::string& message) {
        EXPECT_EQ(finished.status, status);
        EXPECT_THAT(finished.errors, StartsWith("httpprof: "));
        EXPECT_THAT(finished.errors, HasSubstr(message));
        EXPECT_EQ(finished.output, "");
    }

    TemporaryDirectory directory_;
};

TEST_F(DumpCommandTest, OneLineForEachRecordAndOtherFrame) {
    const Finished finished = dump({file("a.httpprof", capture_of_blocks())});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.errors, "");
    EXPECT_THAT(types(finished.output),
                ElementsAre("header", "header_copy", "clock", "process", "data", "end"));
}

TEST_F(DumpCommandTest, HexIsForReading) {
    const Finished finished = dump({file("a.httpprof", capture_of_blocks()), "--hex"});
    EXPECT_EQ(finished.status, 0);
    EXPECT_THAT(finished.output, StartsWith("frame 0 at byte 16: header: host web-1"));
    EXPECT_THAT(finished.output, HasSubstr("78 78 78 78 78 78 78 78  xxxxxxxxxxxxxxxx\n"));
}

TEST_F(DumpCommandTest, GoesToANamedFileButNeverOverItsInput) {
    const std::string bytes = capture_of_blocks();
    const std::string capture = file("a.httpprof", bytes);
    const Finished finished = dump({capture, "-o", path("out.jsonl")});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.output, "");
    EXPECT_EQ(types(read_file(path("out.jsonl"))).size(), 6u);
    expect_failure(dump({capture, "-o", capture}), 2, "is both input and output");
    EXPECT_EQ(read_file(capture), bytes);
}

TEST_F(DumpCommandTest, JobsChangeNothing) {
    const std::string capture = file("a.httpprof", capture_of_blocks({}, 20));
    const Finished one = dump({capture, "--jobs", "1"});
    EXPECT_EQ(types(one.output).size(), 44u);
    EXPECT_EQ(dump({capture, "--jobs", "5"}).output, one.output);
}

TEST_F(DumpCommandTest, DamageIsALineAndNoFailure) {
    std::string bytes = capture_of_blocks();
    bytes.resize(bytes.size() - 1);
    const Finished finished = dump({file("cut.httpprof", bytes)});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.errors, "httpprof: damaged: 1 place\n");
    EXPECT_THAT(types(finished.output),
                ElementsAre("header", "header_copy", "clock", "process", "data", "damage"));
}

TEST_F(DumpCommandTest, WhatIsNoCaptureIsAFailure) {
    expect_failure(dump({path("missing")}), 1, "No such file or directory");
    expect_failure(dump({file("text", "Hello\n")}), 1, "capture");
    const std::string kept = file("kept", "precious\n");
    expect_failure(dump({path("text"), "-o", kept}), 1, "capture");
    EXPECT_EQ(read_file(kept), "precious\n");
}

TEST_F(DumpCommandTest, EncryptedCaptureShowsItsContentWithTheKeyOnly) {
    const auto key = format::SecretKey::generate();
    const std::string capture =
        file("a.httpprof", capture_of_blocks({.encrypt_to = {key.public_key()}}));
    const Finished without = dump({capture});
    EXPECT_EQ(without.status, 0);
    EXPECT_THAT(types(without.output), ElementsAre("header", "header_copy", "encrypted",
                                                   "header_copy", "encrypted", "encrypted"));

    const Finished with = dump({capture, "--key", file("a.key", key.text() + "\n")});
    EXPECT_EQ(with.status, 0);
    EXPECT_EQ(types(with.output).size(), 7u);

    const std::string other = format::SecretKey::generate().text();
    expect_failure(dump({capture, "--key", file("b.key", other + "\n")}), 1, "key");
    expect_failure(dump({capture, "--key", path("no.key")}), 1, "No such file or directory");
}

TEST_F(DumpCommandTest, ReaderThatLeavesIsNoError) {
    const std::string capture = file("a.httpprof", capture_of_blocks({}, 300));
    const Finished finished = run(
        {"/bin/bash", "-c",
         "'" HTTPPROF_BINARY "' dump '" + capture + "' | head -n 1 >&2; exit ${PIPESTATUS[0]}"});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(types(finished.errors).size(), 1u) << "the line that head took, and no message";
}

TEST_F(DumpCommandTest, FullDisk) {
    expect_failure(dump({file("a.httpprof", capture_of_blocks()), "-o", "/dev/full"}), 1,
                   "cannot write /dev/full: No space left on device");
}

}  // namespace
}  // namespace httpprof::test
