// httpprof diff as a user calls it.
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/writer.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using namespace std::string_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kCaptures = "testdata/captures/";

std::string event(const std::string& fields) {
    return R"({"comm":"curl","connection":1,"exchange":"1.1",)" + fields + "}\n";
}

// A capture of a GET that is answered with this body, behind these header fields.
std::string capture_of_answer(const std::string& fields, const std::string& body) {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, sample_header(), {});
    EXPECT_TRUE(writer.ok());
    EXPECT_TRUE((*writer)->write(format::Clock{0, 1'700'000'000'000'000'000}).ok());
    format::RecordBlock block;
    block.append(process_record());
    block.append(data_record({.time_ns = 1, .payload = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"}));
    block.append(data_record({.time_ns = 2,
                              .direction = WIRE_RECV,
                              .payload = "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " +
                                         std::to_string(body.size()) + "\r\n\r\n" + body}));
    EXPECT_TRUE((*writer)->write(block).ok());
    EXPECT_TRUE((*writer)->end({.reason = "interrupted", .stats = {}}).ok());
    return sink.bytes();
}

// A GET and its answer.
std::string exchange(const std::string& body, const std::string& etag = "1") {
    return event(R"("direction":"send","method":"GET","url":"/")") +
           event(R"("direction":"recv","status_code":200,"headers":{"ETag":")" + etag +
                 R"("},"body":")" + body + "\"");
}

class DiffCommandTest : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return directory_.path() / name; }

    std::string file(const std::string& name, const std::string& bytes) {
        std::ofstream(path(name), std::ios::binary) << bytes;
        return path(name);
    }

    static Finished diff(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {HTTPPROF_BINARY, "diff"});
        return run(arguments);
    }

    static void expect_trouble(const Finished& finished, const std::string& message) {
        EXPECT_EQ(finished.status, 2);
        EXPECT_EQ(finished.output, "");
        EXPECT_THAT(finished.errors, StartsWith("httpprof: "));
        EXPECT_THAT(finished.errors, HasSubstr(message));
        EXPECT_EQ(finished.errors.find('\n'), finished.errors.size() - 1);
    }

    TemporaryDirectory directory_;
};

TEST_F(DiffCommandTest, TwoRecordingsOfTheSameExchangesAreEqual) {
    for (const char* name : {"python", "node", "go", "nginx-sendfile-on"}) {
        const Finished finished = diff(
            {kCaptures + "v1.0/" + name + ".httpprof", kCaptures + "v1.1/" + name + ".httpprof"});
        EXPECT_EQ(finished.status, 0) << name;
        EXPECT_EQ(finished.output, "") << name;
        EXPECT_THAT(finished.errors,
                    EndsWith("in both, 0 of them different; 0 only in the first, 0 only in the "
                             "second\n"));
    }
}

// The server of the demo says what time it is.
TEST_F(DiffCommandTest, WhatTwoRecordingsHaveDifferentlyIsShown) {
    const Finished finished =
        diff({kCaptures + "v1.0/demo.httpprof", kCaptures + "v1.1/demo.httpprof"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.output, StartsWith("--- testdata/captures/v1.0/demo.httpprof\n"
                                            "+++ testdata/captures/v1.1/demo.httpprof\n"
                                            "@@ GET /, demo-traffic (client), 1.1 | 1.1 @@\n"
                                            "response body\n"
                                            "-\"ok 2026-11-22T"));
    EXPECT_THAT(finished.output, HasSubstr("response body.time\n-\"2026-11-22T"));
    EXPECT_EQ(finished.errors,
              "httpprof: 16 exchanges in both, 8 of them different; 0 only in the first, 0 only in "
              "the second\n");
}

TEST_F(DiffCommandTest, DifferentRecordingsHaveNothingInCommon) {
    const Finished finished =
        diff({kCaptures + "v1.1/node.httpprof", kCaptures + "v1.1/go.httpprof", "--json"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.output,
                EndsWith("{\"found\":\"summary\",\"equal\":0,\"different\":0,\"only_in_a\":8,"
                         "\"only_in_b\":10}\n"));
}

TEST_F(DiffCommandTest, ACaptureEqualsItsEvents) {
    const std::string capture = kCaptures + "v1.1/node.httpprof";
    EXPECT_EQ(run({HTTPPROF_BINARY, "analyze", capture, "-o", path("node.jsonl")}).status, 0);
    EXPECT_EQ(diff({capture, path("node.jsonl")}).status, 0);
    EXPECT_EQ(diff({path("node.jsonl"), capture, "--jobs", "1"}).status, 0);
    EXPECT_EQ(diff({path("node.jsonl"), kCaptures + "v1.1/go.httpprof"}).status, 1);
}

TEST_F(DiffCommandTest, BodiesAreComparedWithoutTheirCodings) {
    const std::string gzip =  // of {"a":1}
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\x54\xb2\x32\xac\x05\x00\xaf\xac"
        "\x1b\x56\x07\x00\x00\x00"s;
    const std::string coded =
        file("coded", capture_of_answer("Content-Encoding: gzip\r\nETag: 1\r\n", gzip));
    const std::string plain = file("plain", capture_of_answer("ETag: 1\r\n", R"({ "a": 1 })"));
    EXPECT_EQ(run({HTTPPROF_BINARY, "analyze", coded, "-o", path("events")}).status, 0);
    EXPECT_EQ(diff({coded, path("events")}).status, 0);
    const Finished finished = diff({coded, plain});
    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.output, EndsWith("\nresponse headers.content-encoding\n-\"gzip\"\n"));
    EXPECT_EQ(diff({coded, plain, "--ignore-header", "Content-Encoding"}).status, 0);
}

TEST_F(DiffCommandTest, SaysThatACaptureIsNotAllUnderstood) {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, sample_header(), {});
    ASSERT_TRUE(writer.ok());
    format::RecordBlock block;
    block.append(process_record());
    block.append(data_record({.payload = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}));
    ASSERT_TRUE((*writer)->write(block).ok());
    ASSERT_TRUE((*writer)->end({.reason = "interrupted", .stats = {}}).ok());
    const std::string other = file("http2", sink.bytes());
    const Finished finished = diff({other, other});
    EXPECT_EQ(finished.status, 0);
    EXPECT_THAT(finished.errors, StartsWith("httpprof: " + other +
                                            ": not all was recorded, or can "
                                            "be read; see httpprof analyze\n"));
}

TEST_F(DiffCommandTest, EncryptedCapturesNeedTheirKey) {
    const std::string sealed = kCaptures + "v1.1/sealed.httpprof";
    const std::string open = kCaptures + "v1.0/nginx-get.httpprof";
    EXPECT_EQ(diff({open, sealed, "--key", kCaptures + "keys/reader.key"}).status, 0);
    expect_trouble(diff({open, sealed}), "--key");
}

TEST_F(DiffCommandTest, EventsMayComeThroughAPipe) {
    const std::string a = file("a", exchange("A"));
    ChildProcess child({.command = {HTTPPROF_BINARY, "diff", a, "-"},
                        .environment = {},
                        .uid = {},
                        .input = file("b", exchange("B"))});
    EXPECT_EQ(child.wait(), 1);
    EXPECT_THAT(child.output(), HasSubstr("+++ -\n@@ GET /, curl (client), 1.1 | 1.1 @@\n"
                                          "response body\n-\"A\"\n+\"B\"\n"));
    const Finished piped = run(
        {"/bin/sh", "-c", "cat '" + a + "' | '" HTTPPROF_BINARY "' diff /dev/stdin '" + a + "'"});
    EXPECT_EQ(piped.status, 0) << piped.errors;
}

TEST_F(DiffCommandTest, ACaptureMayComeThroughAPipe) {
    const std::string capture = kCaptures + "v1.0/nginx-get.httpprof";
    for (const std::string input : {"-", "/dev/stdin"}) {
        const Finished piped = run(
            {"/bin/sh", "-c",
             "cat '" + capture + "' | '" HTTPPROF_BINARY "' diff " + input + " '" + capture + "'"});
        EXPECT_EQ(piped.status, 0) << piped.errors;
        EXPECT_THAT(piped.errors, HasSubstr(" in both, 0 of them different"));
    }
}

TEST_F(DiffCommandTest, HeadersCanBeIgnored) {
    const std::string a = file("a", exchange("A", "1"));
    const std::string b = file("b", exchange("A", "2"));
    EXPECT_THAT(diff({a, b}).output, HasSubstr("response headers.etag\n-\"1\"\n+\"2\"\n"));
    EXPECT_EQ(diff({a, b, "--ignore-header", "X-Id", "--ignore-header", "etag"}).status, 0);
    EXPECT_EQ(diff({"--ignore-header", "ETag", a, b}).status, 0);
}

TEST_F(DiffCommandTest, FilesWithoutExchangesAreEqual) {
    EXPECT_EQ(diff({file("a", ""), file("b", "")}).status, 0);
    EXPECT_EQ(diff({"/dev/null", file("c", exchange("A"))}).status, 1);
}

TEST_F(DiffCommandTest, LinesMayBeLongAndTheLastOneWithoutItsEnd) {
    std::string long_one = exchange(std::string(1'000'000, 'x'));
    const std::string a = file("a", long_one);
    long_one.pop_back();
    EXPECT_EQ(diff({a, file("b", long_one)}).status, 0);
}

TEST_F(DiffCommandTest, TroubleIsNoDifference) {
    const std::string good = file("good", exchange("A"));
    expect_trouble(diff({good, path("missing")}), "No such file or directory");
    expect_trouble(diff({path(""), good}), "Is a directory");
    expect_trouble(diff({good, file("bad", exchange("A") + "Hello\n")}),
                   "bad: line 3: no event of httpprof analyze: not a line of JSON");
    expect_trouble(diff({good, file("cut", exchange("A").substr(0, 150))}), "cut: line 2: ");
    expect_trouble(diff({"-", "-"}), "- is named twice");
    expect_trouble(diff({good}), "B is required");
    expect_trouble(diff({good, good, "--nope"}), "--nope");
    expect_trouble(diff({good, good, "--key", path("missing")}), "missing");
}

TEST_F(DiffCommandTest, DamagedCapturesAreComparedAndSaySo) {
    const std::string capture = kCaptures + "v1.1/node.httpprof";
    const std::string whole = read_file(capture);
    const std::string cut = file("cut", whole.substr(0, whole.size() - 100));
    const Finished finished = diff({capture, cut});
    EXPECT_THAT(finished.errors,
                StartsWith("httpprof: " + cut + ": not all was recorded, or can be read"));
}

TEST_F(DiffCommandTest, CutBodiesAreComparedByTheirSizesAndSaySo) {
    const std::string fields = "Content-Type: text/plain\r\n";
    const auto events = [&](const std::string& name, const std::string& body) {
        const std::string capture = file(name + ".httpprof", capture_of_answer(fields, body));
        EXPECT_EQ(
            run({HTTPPROF_BINARY, "analyze", "--max-body", "4", capture, "-o", path(name)}).status,
            0);
        return path(name);
    };
    const Finished finished =
        diff({events("a", "12345"), events("b", "123456"), "--ignore-header", "Content-Length"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.output, EndsWith("\nresponse body_size\n-5\n+6\n"));
    EXPECT_THAT(finished.errors, HasSubstr(path("a") + ": bodies are cut (analyze --max-body)"));
    EXPECT_THAT(finished.errors, HasSubstr(path("b") + ": bodies are cut (analyze --max-body)"));
    EXPECT_THAT(diff({events("c", "1234"), path("c")}).errors, Not(HasSubstr("cut")));
}

TEST_F(DiffCommandTest, ACaptureMayHaveLostItsBeginning) {
    const std::string capture = kCaptures + "v1.1/demo.httpprof";
    const std::string bytes = read_file(capture);
    for (const std::string& damaged : {bytes.substr(16), "garbage\n" + bytes}) {
        const Finished finished = diff({file("damaged", damaged), capture});
        EXPECT_EQ(finished.status, 0) << finished.errors;
        EXPECT_THAT(finished.errors, HasSubstr("not all was recorded, or can be read"));
    }
}

TEST_F(DiffCommandTest, FullDisk) {
    const std::string a = file("a", exchange("A"));
    const std::string b = file("b", exchange("B"));
    const Finished finished =
        run({"/bin/sh", "-c", "'" HTTPPROF_BINARY "' diff '" + a + "' '" + b + "' >/dev/full"});
    expect_trouble(finished, "cannot write standard output: No space left on device");
}

TEST_F(DiffCommandTest, ReaderThatLeavesDoesNotHideThatTheyDiffer) {
    const Finished finished =
        run_without_reader({HTTPPROF_BINARY, "diff", kCaptures + "v1.0/demo.httpprof",
                            kCaptures + "v1.1/demo.httpprof"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_EQ(finished.errors, "");
}

}  // namespace
}  // namespace httpprof::test
