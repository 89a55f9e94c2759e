// httpprof redact on a recording of real programs, to which secrets were added.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "format/reader.h"
#include "format/writer.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kRecording = "testdata/captures/v1.0/node.httpprof";
constexpr int kSomethingWasLeftOut = 3;
constexpr int kCommandLineIsWrong = 2;

// The secrets all have an "s3cret" in them.
const std::string kSecretRequest =
    "POST /a?access_token=s3cret1&b=c&pet=s3cret2 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
    "s3cret3\r\nX-Pet: s3cret4\r\nContent-Length: 28\r\n\r\n{\"user\":\"u\",\"pin\":\"s3cret5\"}";
const std::string kSecretResponse =
    "HTTP/1.1 200 OK\r\nSet-Cookie: a=s3cret6; Path=/\r\nContent-Length: 2\r\n\r\nok";

std::string all_content(const std::string& path) {
    auto source = format::open_capture(path, {});
    EXPECT_TRUE(source.ok());
    std::string content;
    for (const format::Frame& frame : read_all(**source).frames) {
        if (const auto* batch = std::get_if<format::RecordBatch>(&frame.content)) {
            for (const format::WireRecord& record : batch->bytes)
                content.append(record.fixed).append(record.payload);
        } else if (const auto* snapshot = std::get_if<format::Snapshot>(&frame.content)) {
            content += snapshot->arguments + snapshot->environment;
        } else if (const auto* header = std::get_if<format::Header>(&frame.content)) {
            for (const std::string& option : header->options)
                content += option;
        }
    }
    return content;
}

class RedactCommandTest : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return directory_.path() / name; }

    static Finished httpprof(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), HTTPPROF_BINARY);
        return run(arguments);
    }

    // The recording, and an exchange with secrets, a process that has some, and a Snapshot of it.
    std::string capture() const {
        auto source = format::open_capture(kRecording, {});
        EXPECT_TRUE(source.ok());
        MemorySink sink;
        format::Header header = sample_header();
        header.options = {"httpprof", "record", "--", "app", "--password", "s3cret7"};
        auto writer = format::CaptureWriter::start(sink, header, {});
        EXPECT_TRUE(writer.ok());
        format::RecordBlock block;
        std::uint64_t time_ns = 0;
        for (const format::Frame& frame : read_all(**source).frames) {
            if (const auto* clock = std::get_if<format::Clock>(&frame.content)) {
                EXPECT_TRUE((*writer)->write(*clock).ok());
            }
            const auto* batch = std::get_if<format::RecordBatch>(&frame.content);
            if (batch == nullptr) continue;
            for (const format::WireRecord& record : batch->bytes)
                block.append(record);
            time_ns = frame.header.last_time_ns;
        }
        append_secrets(block, time_ns + 1);
        EXPECT_TRUE((*writer)->write(block).ok());
        format::Snapshot snapshot;
        snapshot.pid = 100;
        snapshot.start_ns = 500;
        snapshot.exec_id = 3;
        snapshot.environment = "A=b\0DB_PASSWORD=s3cret8\0"s;
        snapshot.has_environment = true;
        EXPECT_TRUE((*writer)->write(snapshot).ok());
        format::Stats stats;
        stats.produced = stats.recorded = (*writer)->recorded();
        stats.recorded_bytes = (*writer)->recorded_bytes();
        EXPECT_TRUE((*writer)->end({.reason = "interrupted", .stats = stats}).ok());
        std::ofstream(path("a.httpprof"), std::ios::binary) << sink.bytes();
        return path("a.httpprof");
    }

    static void append_secrets(format::RecordBlock& block, std::uint64_t time_ns) {
        block.append(process_record({.time_ns = time_ns,
                                     .arguments = "app\0--password\0s3cret9\0"s,
                                     .environment = "A=b\0API_TOKEN=s3cret0\0"s}));
        constexpr std::size_t kPiece = 10;  // so that every secret is in two records
        for (std::size_t at = 0; at < kSecretRequest.size(); at += kPiece) {
            block.append(data_record({.time_ns = time_ns + at,
                                      .position = 1 + at,
                                      .payload = kSecretRequest.substr(at, kPiece)}));
        }
        block.append(data_record({.time_ns = time_ns + 1000,
                                  .direction = WIRE_RECV,
                                  .position = 1,
                                  .other_position = 1 + kSecretRequest.size(),
                                  .payload = kSecretResponse}));
    }

    std::vector<nlohmann::json> events(const std::string& capture) const {
        const Finished finished = httpprof({"analyze", capture});
        EXPECT_EQ(finished.status, 0) << finished.errors;
        std::vector<nlohmann::json> events;
        std::istringstream lines(finished.output);
        for (std::string line; std::getline(lines, line);)
            events.push_back(nlohmann::json::parse(line));
        return events;
    }

    TemporaryDirectory directory_;
};

TEST_F(RedactCommandTest, NoSecretIsLeft) {
    const std::string source = capture();
    ASSERT_THAT(all_content(source), HasSubstr("s3cret9"));
    const Finished finished = httpprof({"redact", source, "-o", path("b.httpprof"), "--header",
                                        "X-Pet,X-Other", "--parameter", "pet"});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.output, "");
    EXPECT_THAT(finished.errors, HasSubstr("httpprof: redacted-parameter: 2 values, 14 bytes\n"));
    EXPECT_THAT(finished.errors, HasSubstr("httpprof: redacted-field: 1 value, 7 bytes\n"));
    EXPECT_THAT(finished.errors, HasSubstr("httpprof: redacted-variable: 2 values, 14 bytes\n"));
    EXPECT_THAT(finished.errors, HasSubstr("httpprof: redacted-argument: 2 values, 14 bytes\n"));
    EXPECT_THAT(all_content(path("b.httpprof")), Not(HasSubstr("s3cre")));
    EXPECT_EQ(all_content(path("b.httpprof")).size(), all_content(source).size());
    EXPECT_EQ(httpprof({"verify", path("b.httpprof")}).status, 0);
}

TEST_F(RedactCommandTest, TheEventsAreTheSameButForTheirValues) {
    const std::string source = capture();
    ASSERT_EQ(httpprof({"redact", source, "-o", path("b.httpprof"), "--header", "X-Pet",
                        "--parameter", "pet"})
                  .status,
              0);
    const auto before = events(source);
    const auto after = events(path("b.httpprof"));
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        for (const char* field : {"timestamp", "pid", "bytes", "connection", "exchange",
                                  "status_code", "body_size", "anomalies"}) {
            EXPECT_EQ(after[i].value(field, nlohmann::json()),
                      before[i].value(field, nlohmann::json()));
        }
        EXPECT_EQ(after[i].dump().size(), before[i].dump().size());
    }
    const auto& request = after[after.size() - 2];
    EXPECT_EQ(request["headers"]["X-Pet"], "XXXXXXX");
    EXPECT_EQ(request["body"], "{\"user\":\"u\",\"pin\":\"XXXXXXX\"}");
    EXPECT_EQ(request["url"], "/a?access_token=XXXXXXX&b=c&pet=XXXXXXX");
    EXPECT_EQ(request["raw_payload"].get<std::string>().size(), kSecretRequest.size());
    EXPECT_EQ(after.back()["headers"]["Set-Cookie"], "a=XXXXXXX; Path=/");
}

TEST_F(RedactCommandTest, ARedactedCaptureStaysAsItIs) {
    ASSERT_EQ(httpprof({"redact", capture(), "-o", path("b.httpprof")}).status, 0);
    ASSERT_EQ(httpprof({"redact", path("b.httpprof"), "-o", path("c.httpprof")}).status, 0);
    EXPECT_EQ(all_content(path("c.httpprof")), all_content(path("b.httpprof")));
}

TEST_F(RedactCommandTest, SaysWhatItWas) {
    ASSERT_EQ(httpprof({"redact", capture(), "-o", path("b.httpprof"), "--variable", "A"}).status,
              0);
    auto source = format::open_capture(path("b.httpprof"), {});
    ASSERT_TRUE(source.ok());
    for (const format::Frame& frame : read_all(**source).frames) {
        if (const auto* header = std::get_if<format::Header>(&frame.content)) {
            EXPECT_EQ(header->options.back(), "XXXXXXX");
            EXPECT_THAT(header->derivation, ::testing::Contains("redact"));
        }
        if (const auto* end = std::get_if<format::End>(&frame.content)) {
            EXPECT_EQ(end->sources.size(), 1U);
            EXPECT_EQ(end->changes.size(), 5U);
        }
    }
}

TEST_F(RedactCommandTest, OfACutCaptureTheRest) {
    const std::string bytes = read_file(capture());
    std::ofstream(path("cut.httpprof"), std::ios::binary) << bytes.substr(0, bytes.size() - 10);
    const Finished finished = httpprof({"redact", path("cut.httpprof"), "-o", path("b.httpprof")});
    EXPECT_EQ(finished.status, kSomethingWasLeftOut);
    EXPECT_EQ(httpprof({"verify", path("b.httpprof")}).status, 0);
}

TEST_F(RedactCommandTest, DoesNotWriteOverFiles) {
    const std::string source = capture();
    EXPECT_EQ(httpprof({"redact", source, "-o", source, "-f"}).status, 2);
    std::ofstream(path("b.httpprof")) << "mine";
    EXPECT_EQ(httpprof({"redact", source, "-o", path("b.httpprof")}).status, 1);
    EXPECT_EQ(read_file(path("b.httpprof")), "mine");
    EXPECT_EQ(httpprof({"redact", source, "-o", path("b.httpprof"), "-f"}).status, 0);
    EXPECT_EQ(httpprof({"redact", source}).status, kCommandLineIsWrong);
}

}  // namespace
}  // namespace httpprof::test
