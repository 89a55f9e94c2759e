#include "format/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/frame_header.h"
#include "format/messages.h"
#include "tests/format/describe.h"
#include "tests/format/sample_capture.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::unique_ptr<CaptureWriter> start(ByteSink& sink) {
    return std::move(CaptureWriter::start(sink, test::sample_header(), {})).value();
}

FrameHeader header_at(const std::string& bytes, std::size_t offset) {
    return decode_frame_header(
               std::as_bytes(std::span(bytes)).subspan(offset).first<kFrameHeaderSize>())
        .value();
}

TEST(CaptureWriter, WritesEachFrameInOneCall) {
    test::MemorySink sink;
    const auto writer = start(sink);
    EXPECT_THAT(sink.write_sizes(), SizeIs(3)) << "preamble, Header and its copy";
    test::write_sample(*writer);
    EXPECT_THAT(sink.write_sizes(), SizeIs(7));
    ASSERT_TRUE(writer->end(End{.reason = "duration", .stats = {}}).ok());
    EXPECT_THAT(sink.write_sizes(), SizeIs(8));
    EXPECT_EQ(writer->bytes_written(), sink.bytes().size());
}

TEST(CaptureWriter, SyncsAtTheEndOnly) {
    test::MemorySink sink;
    const auto writer = start(sink);
    test::write_sample(*writer);
    EXPECT_EQ(sink.syncs(), 0);
    ASSERT_TRUE(writer->end(End{.reason = "duration", .stats = {}}).ok());
    EXPECT_EQ(sink.syncs(), 1);
}

TEST(CaptureWriter, GivesTheDigestOfTheLastFrame) {
    test::MemorySink sink;
    const auto writer = start(sink);
    for (int i = 0; i < 3; ++i) {
        const Digest digest = writer->last_digest();
        EXPECT_EQ(sink.bytes().substr(sink.bytes().size() - digest.size()),
                  std::string(digest.begin(), digest.end()));
        ASSERT_TRUE(writer->write(Clock{}).ok());
        EXPECT_NE(writer->last_digest(), digest);
    }
}

TEST(CaptureWriter, WritesNothingForAnEmptyBlock) {
    test::MemorySink sink;
    const auto writer = start(sink);
    const std::string before = sink.bytes();
    RecordBlock empty;
    EXPECT_TRUE(writer->write(empty).ok());
    EXPECT_EQ(sink.bytes(), before);
}

TEST(CaptureWriter, GivesAFrameOfRecordsTheirCountAndTimes) {
    test::MemorySink sink;
    const auto writer = start(sink);
    const std::size_t offset = sink.bytes().size();
    RecordBlock block;
    for (const std::uint64_t time_ns : {70U, 30U, 50U})
        block.append(test::close_record({.time_ns = time_ns}));
    ASSERT_TRUE(writer->write(block).ok());
    const FrameHeader header = header_at(sink.bytes(), offset);
    EXPECT_EQ(header.type, 2);
    EXPECT_EQ(header.record_count, 3U);
    EXPECT_EQ(header.first_time_ns, 30U);
    EXPECT_EQ(header.last_time_ns, 70U);
    EXPECT_EQ(header.number, 2U);
}

TEST(CaptureWriter, EndsWithAnIndexOfAllFrames) {
    const auto reading = test::read_all(test::sample_capture());
    ASSERT_THAT(reading.frames, SizeIs(7));
    const auto& end = std::get<End>(reading.frames.back().content);
    ASSERT_THAT(end.index, SizeIs(6));
    constexpr std::array<int, 6> kTypes = {1, 8, 5, 2, 3, 4};
    for (std::size_t i = 0; i < end.index.size(); ++i) {
        EXPECT_EQ(end.index[i].offset, reading.frames[i].offset);
        EXPECT_EQ(end.index[i].type, kTypes[i]);
        EXPECT_EQ(end.index[i].record_count, i == 3 ? 6U : 0U);
    }
    EXPECT_EQ(end.index[3].first_time_ns, 1001U);
    EXPECT_EQ(end.index[3].last_time_ns, 1006U);
    EXPECT_EQ(end.index[5].first_time_ns, 3000U);
}

TEST(CaptureWriter, LeavesOutAnIndexThatIsTooLong) {
    test::MemorySink sink;
    const auto writer = start(sink);
    constexpr int kClocks = 262'143;  // with Header and copy one more than an index may have
    for (int i = 0; i < kClocks; ++i)
        ASSERT_TRUE(writer->write(Clock{}).ok());
    const std::size_t offset = sink.bytes().size();
    ASSERT_TRUE(writer->end(End{.reason = "duration", .stats = {}}).ok());
    EXPECT_LT(header_at(sink.bytes(), offset).raw_size, 1000U);
}

TEST(CaptureWriter, RefusesAFrameOverTheLimit) {
    test::MemorySink sink;
    const auto writer = start(sink);
    const std::string before = sink.bytes();
    Snapshot snapshot;
    snapshot.environment.assign(kMaxRawSize, 'x');
    const auto written = writer->write(snapshot);
    ASSERT_FALSE(written.ok());
    EXPECT_THAT(written.error().message, HasSubstr("the limit is 16777216"));
    EXPECT_EQ(sink.bytes(), before);
    EXPECT_TRUE(writer->write(Clock{}).ok()) << "nothing is broken by it";
    EXPECT_THAT(test::read_all(sink.bytes()).frames, SizeIs(4)) << "Header, copy, Clock, Damage";
}

TEST(CaptureWriter, WritesNothingMoreAfterAFailure) {
    test::MemorySink sink;
    const auto writer = start(sink);
    sink.fail(Error{"No space left on device"});
    EXPECT_FALSE(writer->write(Clock{}).ok());
    const auto again = writer->write(Clock{});
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().message, "No space left on device");
    EXPECT_FALSE(writer->end(End{.reason = "duration", .stats = {}}).ok());
    EXPECT_EQ(sink.syncs(), 0);
}

TEST(CaptureWriter, FailsToStartOnASinkThatFails) {
    test::MemorySink sink;
    sink.fail(Error{"Broken pipe"});
    const auto writer = CaptureWriter::start(sink, test::sample_header(), {});
    ASSERT_FALSE(writer.ok());
    EXPECT_EQ(writer.error().message, "Broken pipe");
}

TEST(CaptureWriter, WritesNothingAfterTheEnd) {
    test::MemorySink sink;
    const auto writer = start(sink);
    ASSERT_TRUE(writer->end(End{.reason = "duration", .stats = {}}).ok());
    const std::string before = sink.bytes();
    EXPECT_FALSE(writer->write(Clock{}).ok());
    EXPECT_FALSE(writer->end(End{.reason = "duration", .stats = {}}).ok());
    EXPECT_EQ(sink.bytes(), before);
}

TEST(CaptureWriter, TheSameContentGivesTheSameFramesWithAnotherTag) {
    const auto one = test::read_all(test::sample_capture());
    const auto other = test::read_all(test::sample_capture());
    EXPECT_EQ(test::describe(one.frames), test::describe(other.frames));
    const std::uint32_t tag = one.frames[0].header.tag;
    EXPECT_NE(tag, 0U);
    EXPECT_NE(tag, other.frames[0].header.tag);
    for (const Frame& frame : one.frames)
        EXPECT_EQ(frame.header.tag, tag);
}

TEST(CaptureWriter, CountsWhatItWrote) {
    test::MemorySink sink;
    const auto writer = start(sink);
    RecordBlock block;
    block.append(test::data_record());
    block.append("malformed");
    ASSERT_TRUE(writer->write(block).ok());
    EXPECT_EQ(writer->recorded(), 2U);
    EXPECT_EQ(writer->recorded_bytes(), block.size());
}

TEST(CaptureWriter, MemoryOfALargerBlockLeavesNoTrace) {
    const auto raw_message = [](RecordBlock& block) {
        const auto message = MessageEncoder().encode(block);
        return std::vector(message->begin(), message->end());
    };
    RecordBlock fresh;
    fresh.append(test::close_record());
    const auto expected = raw_message(fresh);
    EXPECT_EQ(raw_message(fresh), expected) << "a block can be written twice";
    RecordBlock used;
    for (int i = 0; i < 100; ++i)
        used.append(test::data_record({.payload = std::string(50, 'x')}));
    raw_message(used);
    used.clear();
    used.append(test::close_record());
    EXPECT_EQ(raw_message(used), expected);
}

TEST(CaptureWriter, WritesSourcesAndChangesOfADerivedCapture) {
    test::MemorySink sink;
    Header header = test::sample_header();
    header.derivation = {"slice", "--port", "80"};
    const auto writer = std::move(CaptureWriter::start(sink, header, {})).value();
    const Source source{
        .capture_id = std::string(16, 's'), .segment = 3, .last_digest = std::string(32, 'd')};
    const Counter change{.cause = "not-selected", .records = 5, .bytes = 50};
    ASSERT_TRUE(
        writer->end({.reason = "r", .stats = {}, .sources = {source}, .changes = {change}}).ok());
    const auto reading = test::read_all(sink.bytes());
    EXPECT_THAT(std::get<Header>(reading.frames.at(0).content).derivation,
                ElementsAre("slice", "--port", "80"));
    const auto& end = std::get<End>(reading.frames.at(2).content);
    ASSERT_THAT(end.sources, SizeIs(1));
    EXPECT_EQ(end.sources[0].capture_id, source.capture_id);
    EXPECT_EQ(end.sources[0].segment, 3U);
    EXPECT_EQ(end.sources[0].last_digest, source.last_digest);
    ASSERT_THAT(end.changes, SizeIs(1));
    EXPECT_EQ(end.changes[0].cause, "not-selected");
    EXPECT_EQ(end.changes[0].records, 5U);
    EXPECT_EQ(end.changes[0].bytes, 50U);
}

TEST(CaptureWriter, TakesMessagesOfAnySizeInAnyOrder) {
    test::MemorySink sink;
    const auto writer = start(sink);
    const std::vector<std::size_t> sizes = {0, 100'000, 1, 8'191, 8'192, 8'193, 2'000'000, 7};
    for (const std::size_t size : sizes) {
        Snapshot snapshot;
        snapshot.environment.assign(size, 'e');
        ASSERT_TRUE(writer->write(snapshot).ok());
    }
    const auto reading = test::read_all(sink.bytes());
    ASSERT_THAT(reading.frames, SizeIs(sizes.size() + 3));
    for (std::size_t i = 0; i < sizes.size(); ++i)
        EXPECT_EQ(std::get<Snapshot>(reading.frames[i + 2].content).environment,
                  std::string(sizes[i], 'e'));
}

}  // namespace
}  // namespace httpprof::format
