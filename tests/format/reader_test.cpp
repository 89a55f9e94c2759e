#include "format/reader.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/frame_header.h"
#include "tests/format/describe.h"
#include "tests/format/forge.h"
#include "tests/format/sample_capture.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wire_records.h"

namespace httpprof::format {
namespace {

using test::Forge;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string error_of(const Result<std::unique_ptr<RecordSource>>& source) {
    return source.ok() ? "" : source.error().message;
}

// Both with threads and without.
class Reader : public ::testing::TestWithParam<unsigned> {
  protected:
    static unsigned jobs() { return GetParam(); }
    static test::Reading read(const std::string& bytes) {
        return test::read_all(bytes, {.jobs = jobs()});
    }
};

INSTANTIATE_TEST_SUITE_P(Jobs, Reader, ::testing::Values(1U, 2U, 4U));

TEST_P(Reader, GivesEveryFrameAsItWasWritten) {
    const auto reading = read(test::sample_capture());
    EXPECT_FALSE(reading.error.has_value());
    ASSERT_THAT(reading.frames, SizeIs(7));

    const auto& header = std::get<Header>(reading.frames[0].content);
    EXPECT_EQ(header.host, "web-1");
    EXPECT_EQ(header.kernel, "6.1.0-18-amd64 #1 SMP");
    EXPECT_EQ(header.machine, "x86_64");
    EXPECT_EQ(header.boot_id, std::string(16, '\x01'));
    EXPECT_EQ(header.capture_id, std::string(16, '\xFE'));
    EXPECT_EQ(header.writer, "httpprof 0.1.0");
    EXPECT_EQ(header.wire_version, static_cast<std::uint32_t>(WIRE_VERSION));
    EXPECT_THAT(header.options, ElementsAre("record", "-o", "x.httpprof"));

    EXPECT_EQ(test::describe(std::get<HeaderCopy>(reading.frames[1].content).header),
              test::describe(header));

    const auto& clock = std::get<Clock>(reading.frames[2].content);
    EXPECT_EQ(clock.boottime_ns, 900U);
    EXPECT_EQ(clock.realtime_ns, -5);

    const auto& batch = std::get<RecordBatch>(reading.frames[3].content);
    ASSERT_THAT(batch.records, SizeIs(6));
    EXPECT_EQ(std::get<ProcessRecord>(batch.records[0]).time_ns, 1001U);
    EXPECT_EQ(std::get<DataRecord>(batch.records[1]).payload, "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(std::get<DataRecord>(batch.records[2]).direction, Direction::recv);
    EXPECT_EQ(std::get<FinRecord>(batch.records[3]).time_ns, 1004U);
    EXPECT_EQ(std::get<CloseRecord>(batch.records[4]).time_ns, 1005U);
    EXPECT_EQ(std::get<IoUringRecord>(batch.records[5]).time_ns, 1006U);

    const auto& snapshot = std::get<Snapshot>(reading.frames[4].content);
    EXPECT_EQ(snapshot.time_ns, 2000U);
    EXPECT_EQ(snapshot.pid, 100U);
    EXPECT_EQ(snapshot.start_ns, 500U);
    EXPECT_EQ(snapshot.executable, "/usr/bin/client");
    EXPECT_EQ(snapshot.arguments, std::string_view("a\0b\0", 4));
    EXPECT_TRUE(snapshot.has_arguments);
    EXPECT_FALSE(snapshot.has_environment);
    EXPECT_EQ(snapshot.error, "environment: Permission denied");

    const auto& stats = std::get<Stats>(reading.frames[5].content);
    EXPECT_EQ(stats.produced, 9U);
    EXPECT_EQ(stats.recorded, 5U);
    EXPECT_EQ(stats.recorded_bytes, 400U);
    ASSERT_THAT(stats.lost, SizeIs(1));
    EXPECT_EQ(stats.lost[0].cause, "ring-full");
    EXPECT_EQ(stats.lost[0].records, 4U);
    EXPECT_EQ(stats.lost[0].bytes, 40U);
    ASSERT_THAT(stats.missing, SizeIs(2));
    EXPECT_EQ(stats.missing[1].cause, "unreadable");
    ASSERT_THAT(stats.left_out, SizeIs(1));
    EXPECT_EQ(stats.left_out[0].cause, "not-http");

    const auto& end = std::get<End>(reading.frames[6].content);
    EXPECT_EQ(end.reason, "duration");
    EXPECT_EQ(end.stats.lost[0].cause, "ring-full");
    ASSERT_TRUE(end.totals.has_value());
    EXPECT_EQ(end.totals->frames, 6U);
    EXPECT_GT(end.totals->raw_bytes, 500U);
    EXPECT_EQ(end.totals->connections, 1U);
    EXPECT_EQ(end.totals->processes, 1U);
    EXPECT_EQ(end.totals->first_time_ns, 1001U);
    EXPECT_EQ(end.totals->last_time_ns, 1006U);
    EXPECT_THAT(end.sources, SizeIs(0));
    EXPECT_THAT(end.changes, SizeIs(0));
}

TEST_P(Reader, StaysAtTheEnd) {
    auto source = read_capture(test::descriptor_of(test::sample_capture()), "x", {.jobs = jobs()});
    ASSERT_TRUE(source.ok());
    EXPECT_THAT(test::read_all(**source).frames, SizeIs(7));
    EXPECT_THAT(test::read_all(**source).frames, SizeIs(0));
}

TEST_P(Reader, NumbersAndLocatesFrames) {
    const std::string bytes = test::sample_capture();
    const auto reading = read(bytes);
    for (std::size_t i = 0; i < reading.frames.size(); ++i) {
        EXPECT_EQ(reading.frames[i].header.number, i);
        EXPECT_THAT(bytes.substr(reading.frames[i].offset), StartsWith("\xF5HP\xC1"));
    }
}

TEST_P(Reader, KeepsTheMemoryOfABatchAliveWithIt) {
    std::optional<RecordBatch> kept;
    {
        auto reading = read(test::sample_capture());
        kept = std::get<RecordBatch>(std::move(reading.frames[3].content));
    }
    EXPECT_EQ(std::get<DataRecord>(kept->records[1]).payload, "GET / HTTP/1.1\r\n\r\n");
}

TEST_P(Reader, TakesANewerMinorVersion) {
    const auto reading = read(Forge({.minor_version = 9}).add_header().add_clock(5).bytes());
    ASSERT_THAT(reading.frames, SizeIs(3));
    EXPECT_EQ(std::get<Clock>(reading.frames[1].content).boottime_ns, 5U);
}

TEST_P(Reader, PassesOverAFrameOfUnknownType) {
    const auto bytes = Forge()
                           .add_header()
                           .add(FrameType{77}, "anything", 0,
                                [](FrameHeader& header, std::string&) { header.codec = 99; })
                           .add_clock(5)
                           .bytes();
    const auto reading = read(bytes);
    ASSERT_THAT(reading.frames, SizeIs(4));
    EXPECT_EQ(std::get<UnknownFrame>(reading.frames[1].content).type, 77);
    EXPECT_EQ(std::get<Clock>(reading.frames[2].content).boottime_ns, 5U);
}

TEST_P(Reader, RefusesAnUnknownTypeThatMustBeUnderstood) {
    const auto bytes = Forge()
                           .add_header()
                           .add_clock(4)
                           .add(FrameType{77}, "anything", 0,
                                [](FrameHeader& header, std::string&) { header.flags = 1; })
                           .add_clock(5)
                           .bytes();
    const auto reading = read(bytes);
    EXPECT_THAT(reading.frames, SizeIs(2));
    ASSERT_TRUE(reading.error.has_value());
    EXPECT_EQ(reading.error->message,
              "test capture, frame 2: its type 77 must be understood, and this httpprof does not "
              "know it; use a newer one");
}

TEST_P(Reader, TakesKnownTypesWithAnyFlag) {
    const auto reading =
        read(Forge()
                 .add_header()
                 .add_clock(5, [](FrameHeader& header, std::string&) { header.flags = 0xFFFF; })
                 .bytes());
    ASSERT_THAT(reading.frames, SizeIs(3));
    EXPECT_EQ(std::get<Clock>(reading.frames[1].content).boottime_ns, 5U);
}

TEST_P(Reader, RefusesAnUnknownCodec) {
    const auto reading =
        read(Forge()
                 .add_header()
                 .add_clock(5, [](FrameHeader& header, std::string&) { header.codec = 3; })
                 .bytes());
    EXPECT_THAT(reading.frames, SizeIs(1));
    ASSERT_TRUE(reading.error.has_value());
    EXPECT_EQ(reading.error->message,
              "test capture, frame 1: this httpprof does not know its codec 3; use a newer one");
}

TEST_P(Reader, RefusesRecordsOfANewerWireVersion) {
    Header header = test::sample_header();
    header.wire_version = WIRE_VERSION + 1;
    const auto reading =
        read(Forge().add(FrameType::header, test::message(header)).add_clock(5).bytes());
    EXPECT_THAT(reading.frames, SizeIs(0));
    ASSERT_TRUE(reading.error.has_value());
    EXPECT_EQ(reading.error->message,
              "test capture has records of version 2; this httpprof reads up to version 1: use a "
              "newer one");
}

TEST_P(Reader, GivesMalformedRecordsInTheirPlace) {
    std::string unknown = test::data_record({.time_ns = 77});
    unknown[4] = 9;
    const auto reading =
        read(Forge()
                 .add_header()
                 .add_records({test::close_record(), "short", test::fin_record(), unknown,
                               test::data_record({.direction = 7}), "", test::data_record()})
                 .bytes());
    ASSERT_THAT(reading.frames, SizeIs(3));
    const auto& batch = std::get<RecordBatch>(reading.frames[1].content);
    ASSERT_THAT(batch.records, SizeIs(7));
    EXPECT_TRUE(std::holds_alternative<CloseRecord>(batch.records[0]));
    EXPECT_TRUE(std::holds_alternative<FinRecord>(batch.records[2]));
    EXPECT_TRUE(std::holds_alternative<DataRecord>(batch.records[6]));
    const auto malformed = [&](std::size_t i) {
        const auto& record = std::get<MalformedRecord>(batch.records[i]);
        return std::to_string(record.time_ns) + ": " + record.what;
    };
    EXPECT_EQ(malformed(1), "0: the record is too short for a header");
    EXPECT_EQ(malformed(3), "77: unknown record type 9");
    EXPECT_EQ(malformed(4), "1000: unknown direction 7");
    EXPECT_EQ(malformed(5), "0: the record is too short for a header");
}

TEST_P(Reader, GivesTheBytesOfEachRecord) {
    // With one that keeps them from being in columns, and without.
    const std::vector<std::string> good = {test::process_record(), test::data_record(),
                                           test::fin_record(), test::close_record()};
    std::vector<std::string> odd = good;
    odd.push_back("odd");
    for (const auto& records : {good, odd}) {
        const auto reading = read(Forge().add_header().add_records(records).bytes());
        const auto& batch = std::get<RecordBatch>(reading.frames.at(1).content);
        EXPECT_THAT(test::bytes_of(batch), ElementsAreArray(records));
    }
}

TEST_P(Reader, ReadsManyFramesInOrder) {
    Forge forge;
    forge.add_header();
    for (unsigned i = 1; i <= 500; ++i) {
        if (i % 7 == 0)
            forge.add_records({test::data_record(
                {.time_ns = i, .payload = std::string(i * 100, static_cast<char>('a' + i % 26))})});
        else
            forge.add_clock(i);
    }
    const auto reading = read(forge.bytes());
    ASSERT_THAT(reading.frames, SizeIs(502));
    EXPECT_EQ(test::describe(reading.frames), test::describe(test::read_all(forge.bytes()).frames));
}

TEST_P(Reader, CanBeDroppedAtAnyFrame) {
    Forge forge;
    forge.add_header();
    for (unsigned i = 1; i <= 50; ++i)
        forge.add_clock(i);
    for (int wanted = 0; wanted < 52; ++wanted) {
        auto source = read_capture(test::descriptor_of(forge.bytes()), "x", {.jobs = jobs()});
        ASSERT_TRUE(source.ok());
        for (int i = 0; i < wanted; ++i)
            ASSERT_TRUE((*source)->next().ok());
    }
}

TEST_P(Reader, GivesFramesOfAPipeAsTheyAreWritten) {
    const std::string bytes = test::sample_capture();
    const auto whole = test::read_all(bytes);
    std::array<int, 2> ends;
    ASSERT_EQ(::pipe(ends.data()), 0);
    std::size_t written = 0;
    const auto write_up_to = [&](std::size_t end) {
        while (written < end) {
            const ssize_t size = ::write(ends[1], bytes.data() + written, end - written);
            ASSERT_GT(size, 0);
            written += static_cast<std::size_t>(size);
        }
    };
    write_up_to(16);
    auto source = read_capture(ends[0], "pipe", {.jobs = jobs()});
    ASSERT_TRUE(source.ok());
    for (std::size_t i = 0; i < whole.frames.size(); ++i) {
        // Half of the frame after it is there as well, and must not hold it back.
        const bool last = i + 1 == whole.frames.size();
        const std::size_t end = last ? bytes.size() : whole.frames[i + 1].offset;
        write_up_to(last ? end : end + 50);
        const auto frame = (*source)->next();
        ASSERT_TRUE(frame.ok());
        ASSERT_TRUE(frame->has_value());
        EXPECT_EQ(test::describe(**frame), test::describe(whole.frames[i]));
    }
    ::close(ends[1]);
    const auto end = (*source)->next();
    ASSERT_TRUE(end.ok());
    EXPECT_FALSE(end->has_value());
}

TEST_P(Reader, CanBeDroppedWhileItWaitsForAPipe) {
    const std::string bytes = test::sample_capture();
    std::array<int, 2> ends;
    ASSERT_EQ(::pipe(ends.data()), 0);
    ASSERT_EQ(::write(ends[1], bytes.data(), 200), 200);
    auto source = read_capture(ends[0], "pipe", {.jobs = jobs()});
    ASSERT_TRUE(source.ok());
    source->reset();
    ::close(ends[1]);
}

TEST_P(Reader, WaitsWhereThePipeDoesNotBlock) {
    const std::string bytes = test::sample_capture();
    std::array<int, 2> ends;
    ASSERT_EQ(::pipe(ends.data()), 0);
    ASSERT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    std::thread writer([&] {
        for (const char byte : bytes)
            EXPECT_EQ(::write(ends[1], &byte, 1), 1);
        ::close(ends[1]);
    });
    auto source = read_capture(ends[0], "pipe", {.jobs = jobs()});
    ASSERT_TRUE(source.ok());
    EXPECT_THAT(test::read_all(**source).frames, SizeIs(7));
    writer.join();
}

TEST_P(Reader, ClosesTheDescriptor) {
    const int descriptor = test::descriptor_of(test::sample_capture());
    {
        const auto source = read_capture(descriptor, "x", {.jobs = jobs()});
        ASSERT_TRUE(source.ok());
        EXPECT_EQ(::fcntl(descriptor, F_GETFD) >= 0, true);
    }
    EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
    const int other = test::descriptor_of("not a capture");
    EXPECT_FALSE(read_capture(other, "x", {.jobs = jobs()}).ok());
    EXPECT_EQ(::fcntl(other, F_GETFD), -1);
}

TEST(ReadCapture, NamesWhatIsNotACapture) {
    const auto message = [](const std::string& bytes) {
        return error_of(read_capture(test::descriptor_of(bytes), "some file", {}));
    };
    EXPECT_EQ(message(""), "some file is empty, not a capture");
    EXPECT_EQ(message("#!/bin/sh\necho hello world\n"), "some file is not a capture of httpprof");
    EXPECT_EQ(message("\x89HPRF\r\n\x1A"),
              "some file ends after 8 bytes, before a capture has begun");
}

class OpenCapture : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

    void write(const std::string& name, const std::string& bytes) const {
        std::ofstream(path(name), std::ios::binary) << bytes;
    }

    test::TemporaryDirectory directory_;
};

TEST_F(OpenCapture, OpensAFile) {
    write("x", test::sample_capture());
    const auto source = open_capture(path("x"), {.jobs = 2});
    ASSERT_TRUE(source.ok());
    EXPECT_THAT(test::read_all(**source).frames, SizeIs(7));
}

TEST_F(OpenCapture, FindsThePart) {
    write("x.part", test::sample_capture());
    EXPECT_TRUE(open_capture(path("x"), {}).ok());
    EXPECT_TRUE(open_capture(path("x.part"), {}).ok());
}

TEST_F(OpenCapture, PrefersTheFileToThePart) {
    write("x", "not a capture");
    write("x.part", test::sample_capture());
    EXPECT_EQ(error_of(open_capture(path("x"), {})), path("x") + " is not a capture of httpprof");
}

TEST_F(OpenCapture, NamesThePartInMessages) {
    write("x.part", "not a capture");
    EXPECT_EQ(error_of(open_capture(path("x"), {})),
              path("x") + ".part is not a capture of httpprof");
}

TEST_F(OpenCapture, SaysWhyItCannot) {
    EXPECT_EQ(error_of(open_capture(path("none"), {})),
              "cannot open " + path("none") + ": No such file or directory");
    EXPECT_EQ(error_of(open_capture(directory_.path().string(), {})),
              "cannot read " + directory_.path().string() + ": Is a directory");
    write("x", "");
    EXPECT_EQ(error_of(open_capture(path("x/y"), {})),
              "cannot open " + path("x/y") + ": Not a directory");
}

TEST_F(OpenCapture, TakesTheDashForStandardInput) {
    const int saved = ::dup(STDIN_FILENO);
    const int file = test::descriptor_of(test::sample_capture());
    ASSERT_EQ(::dup2(file, STDIN_FILENO), STDIN_FILENO);
    {
        const auto source = open_capture("-", {});
        ASSERT_TRUE(source.ok());
        EXPECT_THAT(test::read_all(**source).frames, SizeIs(7));
    }
    EXPECT_EQ(error_of(open_capture("-", {})), "standard input is empty, not a capture");
    EXPECT_GE(::fcntl(STDIN_FILENO, F_GETFD), 0) << "standard input is left open";
    ::dup2(saved, STDIN_FILENO);
    ::close(saved);
    ::close(file);
}

}  // namespace
}  // namespace httpprof::format
