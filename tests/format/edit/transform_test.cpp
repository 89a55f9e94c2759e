#include "format/edit/transform.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/keys.h"
#include "tests/format/cut_capture.h"
#include "tests/format/edit/capture_file.h"
#include "tests/format/forge.h"
#include "tests/format/sample_capture.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using format::EditOutcome;
using format::Transform;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TransformTest : public ::testing::Test {
  protected:
    Result<EditOutcome> recover(const std::string& input, const format::WriteOptions& writing = {},
                                const format::ReadOptions& reading = {}) {
        Transform everything;
        return format::run_transform(
            input, reading, everything,
            {.output = out_, .overwrite = true, .write = writing, .command_line = {"httpprof"}});
    }

    CaptureFolder folder_;
    const std::string out_ = folder_.path("out.httpprof");
};

TEST_F(TransformTest, PassesAllOfAnIntactCapture) {
    const std::string source = folder_.file("a", sample_capture());
    const auto outcome = recover(source);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_TRUE(outcome->is_complete());
    const CaptureContent before = read_content(source);
    const CaptureContent after = read_content(out_);
    EXPECT_TRUE(after.damage.empty());
    EXPECT_EQ(after.records, before.records);
    EXPECT_EQ(after.frame_sizes, before.frame_sizes);
    EXPECT_EQ(after.snapshots, before.snapshots);
    EXPECT_EQ(after.clocks, before.clocks);
    EXPECT_EQ(after.stats.size(), before.stats.size());
    EXPECT_EQ(after.end->reason, before.end->reason);
    EXPECT_EQ(after.header.capture_id, before.header.capture_id);
    EXPECT_TRUE(after.end->changes.empty());
}

TEST_F(TransformTest, FramesOfRecordsStayApart) {
    const std::string source = folder_.capture("a", sample_header(), [](auto& writer) {
        write_records(writer, {data_record(), data_record()});
        write_records(writer, {data_record()});
        return format::Stats{};
    });
    ASSERT_TRUE(recover(source).ok());
    EXPECT_THAT(read_content(out_).frame_sizes, ElementsAre(2, 1));
}

TEST_F(TransformTest, EveryCutGivesACaptureThatIsWhole) {
    const std::string whole = sample_capture();
    const std::size_t record_count = read_content(folder_.file("whole", whole)).records.size();
    std::size_t most = 0;
    for (std::size_t size = 16; size < whole.size(); size += 9) {
        const auto outcome = recover(folder_.file("cut", whole.substr(0, size)));
        ASSERT_TRUE(outcome.ok()) << size << ": " << outcome.error().message;
        EXPECT_FALSE(outcome->is_complete()) << size;
        const CaptureContent made = read_content(out_);
        expect_consistent(made);
        expect_verifies(out_);
        EXPECT_EQ(made.end->reason, "a source was not closed cleanly");
        EXPECT_EQ(counter(made.end->changes, "unclosed").records, 1u) << size;
        EXPECT_GE(counter(made.end->changes, "unreadable").records, 1u) << size;
        EXPECT_GE(made.records.size(), most);
        most = made.records.size();
    }
    EXPECT_EQ(most, record_count);
}

TEST_F(TransformTest, EveryFlippedByteGivesACaptureThatIsWhole) {
    const std::string whole = sample_capture();
    for (std::size_t i = 0; i < whole.size(); i += 37) {
        std::string flipped = whole;
        flipped[i] = static_cast<char>(flipped[i] ^ 0x40);
        const auto outcome = recover(folder_.file("flipped", flipped));
        ASSERT_TRUE(outcome.ok()) << i << ": " << outcome.error().message;
        EXPECT_FALSE(outcome->is_complete()) << i;
        expect_consistent(read_content(out_));
        EXPECT_GE(counter(read_content(out_).end->changes, "unreadable").records, 1u) << i;
        expect_verifies(out_);
    }
}

TEST_F(TransformTest, FramesThatAreGoneAreNotForgotten) {
    CutCapture parts = cut(sample_capture());
    parts.frames.erase(parts.frames.begin() + 3);
    ASSERT_TRUE(recover(folder_.file("a", parts.joined())).ok());
    const auto changes = read_content(out_).end->changes;
    EXPECT_GE(counter(changes, "unreadable").records, 1u);
    EXPECT_EQ(counter(changes, "unclosed").records, 0u);
}

TEST_F(TransformTest, WhatASourceLostBeforeIsSaidAgain) {
    const std::string whole = sample_capture();
    ASSERT_TRUE(recover(folder_.file("a", whole.substr(0, whole.size() - 5))).ok());
    const auto before = read_content(out_).end->changes;
    const std::string recovered = folder_.path("recovered");
    std::filesystem::rename(out_, recovered);
    const auto outcome = recover(recovered);
    ASSERT_TRUE(outcome.ok());
    // Nothing more was lost.
    EXPECT_TRUE(outcome->is_complete());
    EXPECT_TRUE(outcome->written.changes.empty());
    for (const char* cause : {"unreadable", "unclosed"}) {
        const format::Counter again = counter(read_content(out_).end->changes, cause);
        EXPECT_EQ(again.records, 1u) << cause;
        EXPECT_EQ(again.bytes, counter(before, cause).bytes) << cause;
    }
}

TEST_F(TransformTest, LostRecordsStayLost) {
    const std::string source = folder_.capture("a", sample_header(), [](auto& writer) {
        write_records(writer, {data_record()});
        format::Stats stats;
        stats.lost = {{"ring-full", 5, 500}};
        return stats;
    });
    ASSERT_TRUE(recover(source).ok());
    const CaptureContent made = read_content(out_);
    expect_consistent(made);
    EXPECT_EQ(made.end->stats.produced, 6u);
}

TEST_F(TransformTest, WithoutAnEndTheLastStatisticsCount) {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, sample_header(), {});
    ASSERT_TRUE(writer.ok());
    format::Stats stats{.time_ns = 7, .produced = 90};
    stats.lost = {{"ring-full", 3, 30}};
    ASSERT_TRUE((*writer)->write(stats).ok());
    write_records(**writer, {data_record(), data_record()});
    ASSERT_TRUE(recover(folder_.file("a", sink.bytes())).ok());
    const CaptureContent made = read_content(out_);
    expect_consistent(made);
    EXPECT_EQ(made.end->stats.produced, 5u);
    EXPECT_EQ(made.end->stats.time_ns, 7u);
}

TEST_F(TransformTest, LeavesMalformedRecordsOutAndCountsThem) {
    const std::string malformed(40, 'm');
    const std::string source =
        folder_.capture_of("a", {data_record(), malformed, data_record()}, sample_header());
    const auto outcome = recover(source);
    ASSERT_TRUE(outcome.ok());
    EXPECT_FALSE(outcome->is_complete());
    const CaptureContent made = read_content(out_);
    expect_consistent(made);
    EXPECT_EQ(made.records.size(), 2u);
    EXPECT_EQ(counter(made.end->changes, "malformed").records, 1u);
    EXPECT_EQ(counter(made.end->changes, "malformed").bytes, malformed.size());
}

TEST_F(TransformTest, LeavesFramesOfUnknownTypesOutAndCountsThem) {
    Forge forge;
    forge.add_header().add_clock(5);
    forge.add(static_cast<format::FrameType>(99), "whatever");
    forge.add_end();
    const auto outcome = recover(folder_.file("a", forge.bytes()));
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_FALSE(outcome->is_complete());
    const CaptureContent made = read_content(out_);
    expect_consistent(made);
    EXPECT_EQ(counter(made.end->changes, "unknown-frames").records, 1u);
}

TEST_F(TransformTest, NamesItsSource) {
    const std::string source = folder_.file("a", sample_capture());
    ASSERT_TRUE(recover(source).ok());
    const CaptureContent made = read_content(out_);
    ASSERT_EQ(made.end->sources.size(), 1u);
    EXPECT_EQ(made.end->sources[0].capture_id, made.header.capture_id);
    const std::string bytes = sample_capture();
    // The digest of the last frame is what a file ends with.
    ASSERT_TRUE(recover(folder_.file("a", bytes)).ok());
    EXPECT_EQ(read_content(out_).end->sources[0].last_digest,
              bytes.substr(bytes.size() - format::kDigestSize));
}

TEST_F(TransformTest, SourceAndCopyCanBeEncryptedAndSigned) {
    const auto key = std::make_shared<const format::SecretKey>(format::SecretKey::generate());
    const std::string source =
        folder_.file("a", sample_capture({.zstd_level = 1, .encrypt_to = {key->public_key()}}));
    const auto without = recover(source);
    ASSERT_FALSE(without.ok());
    EXPECT_THAT(without.error().message, HasSubstr("--key"));
    const auto plain = recover(source, {}, {.key = key});
    ASSERT_TRUE(plain.ok());
    EXPECT_TRUE(plain->was_encrypted);
    EXPECT_TRUE(read_content(out_).header.recipients.empty());
    ASSERT_TRUE(recover(source, {.encrypt_to = {key->public_key()}, .sign_key = *key},
                        {.jobs = 2, .key = key})
                    .ok());
    EXPECT_THROW(read_content(out_), std::runtime_error);
    const CaptureContent made = read_content(out_, {.key = key});
    EXPECT_EQ(made.header.recipients.size(), 1u);
    EXPECT_TRUE(made.is_signed);
    expect_consistent(made);
}

}  // namespace
}  // namespace httpprof::test
