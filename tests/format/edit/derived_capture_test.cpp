#include "format/edit/derived_capture.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/format/edit/capture_file.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using format::Counter;
using format::DerivedCapture;
using format::Stats;
using ::testing::ElementsAre;

class DerivedCaptureTest : public ::testing::Test {
  protected:
    std::unique_ptr<DerivedCapture> create(const format::Header& header = sample_header()) {
        auto out = DerivedCapture::create(
            {.output = path_, .command_line = {"httpprof", "slice", "a b"}}, header);
        EXPECT_TRUE(out.ok());
        return *std::move(out);
    }

    CaptureFolder folder_;
    const std::string path_ = folder_.path("out.httpprof");
};

TEST_F(DerivedCaptureTest, SaysWhatItWasMadeOf) {
    auto out = create();
    ASSERT_TRUE(out->finish("duration", {{.capture_id = std::string(16, 'c'),
                                          .segment = 4,
                                          .last_digest = std::string(32, 'd')}})
                    .ok());
    const CaptureContent made = read_content(path_);
    expect_consistent(made);
    EXPECT_EQ(made.header.host, "web-1");
    EXPECT_EQ(made.header.options, sample_header().options);
    EXPECT_THAT(made.header.derivation, ElementsAre("httpprof", "slice", "a b"));
    EXPECT_EQ(made.end->reason, "duration");
    ASSERT_EQ(made.end->sources.size(), 1u);
    EXPECT_EQ(made.end->sources[0].capture_id, std::string(16, 'c'));
    EXPECT_EQ(made.end->sources[0].segment, 4u);
    EXPECT_EQ(made.end->sources[0].last_digest, std::string(32, 'd'));
}

TEST_F(DerivedCaptureTest, DerivationsAddUp) {
    format::Header header = sample_header();
    header.derivation = {"httpprof", "recover"};
    ASSERT_TRUE(create(header)->finish("duration", {}).ok());
    EXPECT_THAT(read_content(path_).header.derivation,
                ElementsAre("httpprof", "recover", "httpprof", "slice", "a b"));
}

TEST_F(DerivedCaptureTest, RecordsAreCollectedUntilAnotherFrameComes) {
    auto out = create();
    const std::string record = data_record();
    ASSERT_TRUE(out->add(record).ok());
    ASSERT_TRUE(out->add(record).ok());
    ASSERT_TRUE(out->add(format::Clock{5, 6}).ok());
    ASSERT_TRUE(out->add(record).ok());
    ASSERT_TRUE(out->flush().ok());
    ASSERT_TRUE(out->flush().ok());
    ASSERT_TRUE(out->add(record).ok());
    const auto summary = out->finish("duration", {});
    ASSERT_TRUE(summary.ok());
    EXPECT_EQ(summary->records, 4u);
    EXPECT_EQ(summary->record_bytes, 4 * record.size());
    EXPECT_EQ(summary->file_bytes, std::filesystem::file_size(path_));
    EXPECT_THAT(read_content(path_).frame_sizes, ElementsAre(2, 1, 1));
}

TEST_F(DerivedCaptureTest, AddsUpTheLatestStatisticsOfEachSource) {
    auto out = create();
    ASSERT_TRUE(out->add(data_record()).ok());
    Stats first{.time_ns = 10, .produced = 100, .recorded = 93};
    first.lost = {{"ring-full", 7, 70}};
    out->note_stats(0, first);
    first.time_ns = 30;
    first.lost = {{"ring-full", 8, 80}};
    out->note_stats(0, first);
    Stats second{.time_ns = 20};
    second.lost = {{"queue-full", 1, 5}, {"ring-full", 2, 20}};
    out->note_stats(1, second);
    ASSERT_TRUE(out->write_stats().ok());
    ASSERT_TRUE(out->finish("duration", {}).ok());
    const CaptureContent made = read_content(path_);
    expect_consistent(made);
    ASSERT_EQ(made.stats.size(), 1u);
    const Stats& sum = made.stats[0];
    EXPECT_EQ(sum.time_ns, 30u);
    EXPECT_EQ(sum.recorded, 1u);
    EXPECT_EQ(sum.produced, 12u);
    EXPECT_EQ(counter(sum.lost, "ring-full").records, 10u);
    EXPECT_EQ(counter(sum.lost, "ring-full").bytes, 100u);
    EXPECT_EQ(counter(sum.lost, "queue-full").records, 1u);
}

// Not what a source says of records that were not taken over.
TEST_F(DerivedCaptureTest, MissingIsOfTheRecordsInTheFileAndOfProcesses) {
    auto out = create();
    ASSERT_TRUE(
        out->add(
               data_record({.payload = "x", .original_size = 10, .missing = WIRE_MISSING_SNAPLEN}))
            .ok());
    Stats source{.time_ns = 10};
    source.missing = {{"snaplen", 5, 500}, {"sendfile", 1, 100}, {"snapshot-failed", 2, 0}};
    out->note_stats(0, source);
    ASSERT_TRUE(out->finish("duration", {}).ok());
    const auto missing = read_content(path_).end->stats.missing;
    ASSERT_EQ(missing.size(), 2u);
    EXPECT_EQ(counter(missing, "snaplen").bytes, 9u);
    EXPECT_EQ(counter(missing, "snapshot-failed").records, 2u);
}

TEST_F(DerivedCaptureTest, CountsMoreCausesThanItKeepsTogether) {
    auto out = create();
    for (int i = 0; i < 1000; ++i)
        out->count_change("cause " + std::to_string(i), 1, 2);
    out->count_change(std::string(1'000'000, 'x'), 1, 2);
    ASSERT_TRUE(out->finish("duration", {}).ok());
    const auto changes = read_content(path_).end->changes;
    EXPECT_LT(changes.size(), 300u);
    std::uint64_t sum = 0;
    for (const Counter& change : changes)
        sum += change.records;
    EXPECT_EQ(sum, 1001u);
}

TEST_F(DerivedCaptureTest, LeavesNoFileWhenItIsNotFinished) {
    ASSERT_TRUE(create()->add(data_record()).ok());
    EXPECT_FALSE(std::filesystem::exists(path_));
    EXPECT_FALSE(std::filesystem::exists(path_ + ".part"));
}

TEST_F(DerivedCaptureTest, CanBeWithoutAKnownHeader) {
    ASSERT_TRUE(create(DerivedCapture::unknown_header())->finish("duration", {}).ok());
    const CaptureContent made = read_content(path_);
    expect_consistent(made);
    EXPECT_EQ(made.header.boot_id, std::string(16, '\0'));
    EXPECT_EQ(made.header.capture_id, std::string(16, '\0'));
    EXPECT_EQ(made.header.host, "");
}

}  // namespace
}  // namespace httpprof::test
