#include "record/segments.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/record.h"
#include "record/process_snapshot.h"
#include "tests/record/memory_segments.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::record {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

using namespace httpprof::test;  // wire records

format::RecordBlock block_of(const std::vector<std::string>& records) {
    format::RecordBlock block;
    for (const std::string& record : records)
        block.append(record);
    return block;
}

std::string data_of(std::uint32_t pid, std::uint64_t time_ns) {
    return data_record({.time_ns = time_ns, .task = {.pid = pid}, .payload = "x"});
}

// Of so many bytes all but the first.
std::string cut_of(std::uint64_t time_ns, std::uint32_t size,
                   std::uint8_t missing = WIRE_MISSING_SNAPLEN) {
    return data_record(
        {.time_ns = time_ns, .payload = "x", .original_size = size, .missing = missing});
}

std::string process_of(std::uint32_t pid, std::uint64_t time_ns = 1) {
    return process_record({.time_ns = time_ns, .task = {.pid = pid}});
}

// What one file says.
struct File {
    format::Header header;
    std::vector<std::string> records;
    std::vector<format::Snapshot> snapshots;
    std::vector<format::Clock> clocks;
    format::End end;
    format::Digest last_digest;
};

// The processes that sent or received.
std::set<std::uint32_t> speakers(const File& file) {
    std::set<std::uint32_t> pids;
    for (const std::string& bytes : file.records) {
        const format::RecordBlock block = block_of({bytes});
        const auto record = format::decode_record(block.record(0));
        if (const auto* data = std::get_if<format::DataRecord>(&*record))
            pids.insert(data->task.pid);
    }
    return pids;
}

std::uint64_t not_repeated(const format::Stats& stats) {
    const auto found = std::ranges::find(stats.missing, kNotRepeated, &format::Counter::cause);
    return found == stats.missing.end() ? 0 : found->records;
}

File read(const std::string& bytes) {
    const auto reading = read_all(bytes);
    EXPECT_FALSE(reading.error.has_value());
    File file;
    for (const format::Frame& frame : reading.frames) {
        const auto& content = frame.content;
        EXPECT_FALSE(std::holds_alternative<format::Damage>(content));
        if (const auto* header = std::get_if<format::Header>(&content)) file.header = *header;
        if (const auto* batch = std::get_if<format::RecordBatch>(&content))
            std::ranges::move(bytes_of(*batch), std::back_inserter(file.records));
        if (const auto* snapshot = std::get_if<format::Snapshot>(&content))
            file.snapshots.push_back(*snapshot);
        if (const auto* clock = std::get_if<format::Clock>(&content)) file.clocks.push_back(*clock);
        if (const auto* end = std::get_if<format::End>(&content)) file.end = *end;
        file.last_digest = frame.digest;
    }
    return file;
}

// What does not compress.
std::string random_bytes(std::uint32_t seed, std::size_t size) {
    std::mt19937 random(seed);
    std::string bytes(size, ' ');
    for (char& c : bytes)
        c = static_cast<char>(random());
    return bytes;
}

std::string random_of(std::uint64_t time_ns, std::size_t size, std::uint32_t pid = 1) {
    return data_record({.time_ns = time_ns,
                        .task = {.pid = pid},
                        .payload = random_bytes(static_cast<std::uint32_t>(time_ns), size)});
}

format::Snapshot snapshot_of(std::uint32_t pid, std::size_t size) {
    return {.pid = pid, .start_ns = 500, .environment = random_bytes(pid, size), .exec_id = 3};
}

class SegmentsTest : public ::testing::Test {
  protected:
    // Every file is full after one frame of records.
    static constexpr Rotation kAfterEachBlock{.size = 1};

    void start(const Rotation& rotation) {
        auto started = Segments::start(store_, rotation, {}, sample_header());
        ASSERT_TRUE(started.ok());
        segments_ = *std::move(started);
        ASSERT_TRUE(segments_->write(format::Clock{.boottime_ns = 5, .realtime_ns = 6}).ok());
    }

    bool write(const std::vector<std::string>& records) {
        format::RecordBlock block = block_of(records);
        return segments_->write(block).ok();
    }

    std::vector<std::uint32_t> kept() const {
        std::vector<std::uint32_t> numbers;
        for (const auto& [number, bytes] : store_.files())
            numbers.push_back(number);
        return numbers;
    }

    std::uint64_t kept_size() const {
        std::uint64_t size = 0;
        for (const auto& [number, bytes] : store_.files())
            size += bytes.size();
        return size;
    }

    File file(std::uint32_t number) const { return read(store_.files().at(number)); }

    test::MemorySegments store_;
    std::unique_ptr<Segments> segments_;
};

TEST_F(SegmentsTest, OneFileWithoutRotation) {
    start({});
    ASSERT_TRUE(write({data_of(1, 10)}));
    ASSERT_TRUE(write({data_of(1, 11)}));
    ASSERT_TRUE(segments_->end("test", {.produced = 2}).ok());
    EXPECT_THAT(kept(), ElementsAre(0));
    EXPECT_THAT(file(0).records, SizeIs(2));
    EXPECT_EQ(file(0).end.reason, "test");
}

TEST_F(SegmentsTest, EachNamesTheLastDigestOfTheOneBefore) {
    start(kAfterEachBlock);
    for (std::uint64_t time = 10; time < 13; ++time)
        ASSERT_TRUE(write({data_of(1, time)}));
    ASSERT_TRUE(segments_->end("test", {.produced = 3}).ok());
    EXPECT_THAT(kept(), ElementsAre(0, 1, 2));
    for (std::uint32_t i = 1; i < 3; ++i) {
        const auto before = file(i - 1).last_digest;
        EXPECT_EQ(file(i).header.segment, i);
        EXPECT_EQ(file(i).header.capture_id, file(0).header.capture_id);
        EXPECT_EQ(file(i).header.previous_segment, std::string(before.begin(), before.end()));
        EXPECT_TRUE(store_.is_finished(i));
    }
    EXPECT_EQ(file(0).end.reason, "rotated");
    EXPECT_EQ(file(2).end.reason, "test");
    EXPECT_EQ(file(2).last_digest, segments_->last_digest());
}

TEST_F(SegmentsTest, EachStartsWithTheClock) {
    start(kAfterEachBlock);
    ASSERT_TRUE(write({data_of(1, 10)}));
    ASSERT_TRUE(segments_->write(format::Clock{.boottime_ns = 20, .realtime_ns = 30}).ok());
    ASSERT_TRUE(write({data_of(1, 21)}));
    ASSERT_TRUE(write({data_of(1, 22)}));
    ASSERT_TRUE(segments_->end("test", {}).ok());
    for (const std::uint32_t i : {1u, 2u}) {
        ASSERT_THAT(file(i).clocks, SizeIs(1));
        EXPECT_EQ(file(i).clocks.front().boottime_ns, 20u);
        EXPECT_EQ(file(i).clocks.front().realtime_ns, 30);
    }
}

// A header can take more than half of a small file.
TEST_F(SegmentsTest, TheFirstStartsWithTheClockHoweverSmallItIs) {
    start(kAfterEachBlock);
    ASSERT_TRUE(segments_->write(snapshot_of(1, 100)).ok());
    ASSERT_TRUE(segments_->end("test", {}).ok());
    ASSERT_THAT(file(0).clocks, SizeIs(1));
    EXPECT_EQ(file(0).clocks.front().boottime_ns, 5u);
}

TEST_F(SegmentsTest, EachDescribesTheProcessesItMentionsAndNoOther) {
    start(kAfterEachBlock);
    ASSERT_TRUE(write({process_of(1), process_of(2), data_of(1, 10)}));
    ASSERT_TRUE(write({data_of(1, 11), data_of(1, 12)}));
    ASSERT_TRUE(write({data_of(2, 13), process_of(3), data_of(3, 14)}));
    ASSERT_TRUE(segments_->end("test", {.produced = 8}).ok());
    EXPECT_THAT(file(1).records, ElementsAre(process_of(1), data_of(1, 11), data_of(1, 12)));
    EXPECT_THAT(file(2).records,
                ElementsAre(process_of(2), data_of(2, 13), process_of(3), data_of(3, 14)));
    EXPECT_THAT(kept(), ElementsAre(0, 1, 2));
}

TEST_F(SegmentsTest, ASnapshotFollowsItsProcess) {
    start(kAfterEachBlock);
    ASSERT_TRUE(write({process_of(1)}));
    ASSERT_TRUE(segments_->write(format::Snapshot{.pid = 1, .start_ns = 500, .exec_id = 3}).ok());
    ASSERT_TRUE(write({data_of(1, 11)}));
    ASSERT_TRUE(write({data_of(1, 12)}));
    ASSERT_TRUE(segments_->end("test", {}).ok());
    // It came behind the end of its record's file.
    EXPECT_THAT(file(1).records, ElementsAre(process_of(1), data_of(1, 11)));
    EXPECT_THAT(file(1).snapshots, SizeIs(1));
    EXPECT_THAT(file(2).records, ElementsAre(process_of(1), data_of(1, 12)));
    EXPECT_THAT(file(2).snapshots, SizeIs(1));
}

TEST_F(SegmentsTest, CountersAreOfEachFileAndAddUp) {
    start(kAfterEachBlock);
    ASSERT_TRUE(segments_->write(format::Stats{.produced = 4, .lost = {{"ring-full", 2, 9}}}).ok());
    ASSERT_TRUE(write({process_of(1), data_of(1, 10)}));
    ASSERT_TRUE(
        segments_->write(format::Stats{.produced = 9, .lost = {{"ring-full", 5, 20}}}).ok());
    ASSERT_TRUE(write({data_of(1, 11), data_of(1, 12)}));
    const format::Stats final_stats{.produced = 10, .lost = {{"ring-full", 6, 21}}};
    ASSERT_TRUE(segments_->end("test", final_stats).ok());

    std::uint64_t lost = 0;
    for (const std::uint32_t i : {0u, 1u}) {
        const format::Stats stats = file(i).end.stats;
        std::uint64_t own = 0;
        for (const format::Counter& counter : stats.lost)
            own += counter.records;
        EXPECT_EQ(stats.recorded, file(i).records.size()) << i;
        EXPECT_EQ(stats.produced, stats.recorded + own) << i;
        lost += own;
    }
    EXPECT_EQ(lost, 6u);
    EXPECT_EQ(segments_->complete(final_stats).recorded, 4u);  // the repeated one is not counted
}

TEST_F(SegmentsTest, MissingIsOfTheRecordsInTheFile) {
    start(kAfterEachBlock);
    const std::vector<format::Counter> failed = {{kSnapshotFailed, 1, 0}};
    ASSERT_TRUE(segments_->write(format::Stats{.missing = failed}).ok());
    ASSERT_TRUE(write({cut_of(10, 8), cut_of(11, 6), cut_of(12, 5, WIRE_MISSING_SPLICE)}));
    ASSERT_TRUE(write({cut_of(13, 3), data_of(1, 14)}));
    ASSERT_TRUE(segments_->end("test", {.missing = failed}).ok());
    EXPECT_THAT(file(0).end.stats.missing,
                ElementsAre(format::Counter{"snaplen", 2, 12}, format::Counter{"splice", 1, 4},
                            format::Counter{kSnapshotFailed, 1, 0}));
    EXPECT_THAT(file(1).end.stats.missing, ElementsAre(format::Counter{"snaplen", 1, 2}));
    EXPECT_THAT(segments_->complete({.missing = failed}).missing,
                ElementsAre(format::Counter{kSnapshotFailed, 1, 0},
                            format::Counter{"snaplen", 3, 14}, format::Counter{"splice", 1, 4}));
}

TEST_F(SegmentsTest, WhatARecordThatWasDroppedDoesNotCarryIsNotMissing) {
    start({.max_size = 1});
    ASSERT_TRUE(write({cut_of(10, 8)}));
    ASSERT_TRUE(write({cut_of(11, 6)}));
    ASSERT_TRUE(segments_->end("test", {.produced = 2}).ok());
    for (const format::Stats& stats : {file(0).end.stats, segments_->complete({})}) {
        EXPECT_THAT(stats.missing, ElementsAre(format::Counter{"snaplen", 1, 7}));
        EXPECT_THAT(stats.lost, ElementsAre(format::Counter{kMaxSizeCause, 1, 6}));
    }
}

TEST_F(SegmentsTest, AnIdleRecordingDoesNotRotate) {
    start({.time = std::chrono::nanoseconds(1)});
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(segments_->write(format::Stats{}).ok());
    EXPECT_THAT(kept(), ElementsAre(0));
    ASSERT_TRUE(write({data_of(1, 10)}));
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(segments_->write(format::Stats{}).ok());
    EXPECT_THAT(kept(), ElementsAre(0));
    ASSERT_TRUE(write({data_of(1, 11)}));
    EXPECT_THAT(kept(), ElementsAre(0, 1));
}

TEST_F(SegmentsTest, RecordsStayWhileNoneCome) {
    constexpr std::chrono::nanoseconds kShort(1);
    for (const Rotation& rotation :
         {Rotation{.time = kShort, .max_segments = 1}, Rotation{.size = 1, .max_segments = 1},
          Rotation{.size = 20'000, .max_size = 30'000}}) {
        store_ = {};
        start(rotation);
        ASSERT_TRUE(write({random_of(10, 15'000)}));
        for (std::uint64_t i = 0; i < 1000; ++i) {
            ASSERT_TRUE(segments_->write(format::Stats{}).ok());
            ASSERT_TRUE(segments_->write(format::Clock{.boottime_ns = i, .realtime_ns = 1}).ok());
        }
        ASSERT_TRUE(segments_->end("test", {.produced = 1}).ok());
        ASSERT_THAT(kept(), ElementsAre(0));
        EXPECT_THAT(file(0).records, SizeIs(1));
        if (rotation.size > 1) EXPECT_LE(kept_size(), rotation.size);
    }
}

TEST_F(SegmentsTest, TheNextRecordMakesTheNextFile) {
    start({.time = std::chrono::nanoseconds(1), .max_segments = 1});
    ASSERT_TRUE(write({data_of(1, 10)}));
    ASSERT_TRUE(write({data_of(1, 11)}));
    ASSERT_TRUE(segments_->end("test", {.produced = 2}).ok());
    ASSERT_THAT(kept(), ElementsAre(1));
    EXPECT_THAT(file(1).records, ElementsAre(data_of(1, 11)));
}

TEST_F(SegmentsTest, OnlyTheNewestAreKept) {
    start({.size = 1, .max_segments = 2});
    for (std::uint64_t time = 10; time < 15; ++time)
        ASSERT_TRUE(write({data_of(1, time)}));
    EXPECT_THAT(kept(), ElementsAre(3, 4));
    EXPECT_EQ(segments_->removed(), 3u);
    EXPECT_EQ(segments_->count(), 5u);
}

TEST_F(SegmentsTest, TheOldestGoWhenAllTakeTooMuch) {
    start({.size = 20'000, .max_size = 60'000});
    for (std::uint64_t time = 0; time < 200; ++time) {
        ASSERT_TRUE(write({random_of(time, 1000)}));
        EXPECT_LE(kept_size(), 60'000u);
    }
    EXPECT_GT(segments_->removed(), 0u);
    EXPECT_GE(kept().size(), 3u);
}

TEST_F(SegmentsTest, ABlockLargerThanAFileGoesIntoSeveral) {
    start({.size = 100'000, .max_size = 300'000});
    std::vector<std::string> records;
    for (std::uint64_t time = 0; time < 1000; ++time)
        records.push_back(random_of(time, 1000));
    ASSERT_TRUE(write(records));
    EXPECT_LE(kept_size(), 300'000u);
    EXPECT_GE(kept_size(), 150'000u);
    ASSERT_TRUE(segments_->end("test", {.produced = 1000}).ok());
    std::vector<std::string> read;
    for (const std::uint32_t number : kept()) {
        EXPECT_LE(store_.files().at(number).size(), 100'000u);
        std::ranges::move(file(number).records, std::back_inserter(read));
    }
    ASSERT_GT(read.size(), 150u);
    EXPECT_TRUE(std::ranges::equal(read, std::span(records).last(read.size())));
    EXPECT_EQ(segments_->complete({}).recorded, 1000u);
}

TEST_F(SegmentsTest, AFileIsNotLargerThanItMayBe) {
    for (const std::uint64_t max_size : {20'000U, 100'000U, 1'000'000U, 5'000'000U}) {
        store_ = {};
        start({.max_size = max_size});
        std::vector<std::string> records;
        for (std::uint64_t time = 0; time < 5000; ++time)
            records.push_back(random_of(time, 1200));
        ASSERT_TRUE(write(records));
        EXPECT_TRUE(segments_->is_full());
        ASSERT_TRUE(write({data_of(1, 5001)}));
        ASSERT_TRUE(segments_->end("max-size", {.produced = 5001}).ok());
        EXPECT_LE(kept_size(), max_size);
        EXPECT_GE(kept_size(), max_size / 2);
        const format::Stats stats = segments_->complete({});
        EXPECT_EQ(stats.recorded, file(0).records.size());
        ASSERT_THAT(stats.lost, SizeIs(1));
        EXPECT_EQ(stats.recorded + stats.lost[0].records, 5001u);
    }
}

TEST_F(SegmentsTest, AnIdleRecordingIsNotLargerThanItMayBeEither) {
    start({.max_size = 20'000});
    for (int i = 0; i < 1000 && !segments_->is_full(); ++i)
        ASSERT_TRUE(segments_->write(format::Stats{}).ok());
    EXPECT_TRUE(segments_->is_full());
    ASSERT_TRUE(segments_->end("max-size", {}).ok());
    EXPECT_LE(kept_size(), 20'000u);
}

TEST_F(SegmentsTest, AnIdleRecordingThatRotatesFillsHalfAFile) {
    start({.size = 20'000});
    for (std::uint64_t i = 0; i < 1000; ++i) {
        ASSERT_TRUE(segments_->write(format::Stats{}).ok());
        ASSERT_TRUE(segments_->write(format::Clock{.boottime_ns = i, .realtime_ns = 1}).ok());
    }
    EXPECT_LE(kept_size(), 10'500u);
    ASSERT_TRUE(write({random_of(1000, 5000)}));
    ASSERT_TRUE(segments_->end("test", {.produced = 1}).ok());
    EXPECT_LE(kept_size(), 20'000u);
    EXPECT_THAT(kept(), ElementsAre(0));
    EXPECT_EQ(file(0).clocks.back().boottime_ns, 999u);
}

TEST_F(SegmentsTest, WhatShrinksFillsAFileToo) {
    start({.max_size = 100'000});
    std::vector<std::string> records;
    for (std::uint64_t time = 0; time < 30'000; ++time)
        records.push_back(data_record({.time_ns = time, .payload = std::string(1000, 'x')}));
    ASSERT_TRUE(write(records));
    ASSERT_TRUE(segments_->end("test", {}).ok());
    EXPECT_LE(kept_size(), 100'000u);
    EXPECT_GT(file(0).records.size(), 1000u) << "a hundred of them would take it all as they are";
}

TEST_F(SegmentsTest, ARecordLargerThanAFileIsWrittenAllTheSame) {
    start({.size = 10'000});
    ASSERT_TRUE(write({random_of(1, 50'000), random_of(2, 50'000), data_of(1, 3)}));
    ASSERT_TRUE(segments_->end("test", {.produced = 3}).ok());
    EXPECT_THAT(file(0).records, SizeIs(1));
    EXPECT_THAT(file(1).records, SizeIs(1));
    EXPECT_THAT(file(2).records, SizeIs(1));
}

TEST_F(SegmentsTest, ARecordForWhichThereIsNoRoomIsNotWrittenOrGoesIntoTheNextFile) {
    for (const Rotation& rotation : {Rotation{.max_size = 100'000}, Rotation{.size = 100'000}}) {
        store_ = {};
        start(rotation);
        for (std::uint64_t time = 0; time < 6; ++time)
            ASSERT_TRUE(write({random_of(time, 60'000)}));
        ASSERT_TRUE(segments_->end("test", {.produced = 6}).ok());
        std::size_t records = 0;
        for (const std::uint32_t number : kept()) {
            EXPECT_LE(store_.files().at(number).size(), 100'000u);
            records += file(number).records.size();
        }
        const format::Stats stats = segments_->complete({});
        EXPECT_EQ(records, rotation.rotates() ? 6u : 1u);
        EXPECT_EQ(stats.recorded, records);
        EXPECT_EQ(stats.lost.empty() ? 0u : stats.lost[0].records, 6 - records);
    }
}

TEST_F(SegmentsTest, SnapshotsDoNotMakeAFileLargerThanItMayBe) {
    start({.max_size = 100'000});
    for (std::uint32_t pid = 1; pid <= 10; ++pid) {
        ASSERT_TRUE(write({process_of(pid)}));
        ASSERT_TRUE(segments_->write(snapshot_of(pid, 30'000)).ok());
    }
    format::Snapshot failed = snapshot_of(11, 30'000);
    failed.error = "counted where it failed";
    ASSERT_TRUE(segments_->write(failed).ok());
    ASSERT_TRUE(segments_->end("test", {.missing = {{kSnapshotFailed, 1, 0}}}).ok());
    EXPECT_LE(kept_size(), 100'000u);
    EXPECT_THAT(file(0).snapshots, SizeIs(3));
    for (const format::Stats& stats :
         {file(0).end.stats, segments_->complete({.missing = {{kSnapshotFailed, 1, 0}}})}) {
        ASSERT_THAT(stats.missing, SizeIs(1));
        EXPECT_EQ(stats.missing[0].cause, kSnapshotFailed);
        EXPECT_EQ(stats.missing[0].records, 8u);
    }
}

TEST_F(SegmentsTest, ASnapshotForWhichThereIsNoRoomGoesIntoTheNextFile) {
    start({.size = 100'000});
    for (std::uint32_t pid = 1; pid <= 10; ++pid) {
        ASSERT_TRUE(write({process_of(pid), random_of(pid, 1000)}));
        ASSERT_TRUE(segments_->write(snapshot_of(pid, 30'000)).ok());
    }
    ASSERT_TRUE(segments_->end("test", {}).ok());
    std::size_t snapshots = 0;
    for (const std::uint32_t number : kept()) {
        EXPECT_LE(store_.files().at(number).size(), 100'000u);
        snapshots += file(number).snapshots.size();
    }
    EXPECT_EQ(snapshots, 10u);
}

// Else the repeated descriptions of many large processes would fill each file, and all the newest.
TEST_F(SegmentsTest, WhatAFileRepeatsLeavesRoomForRecords) {
    start({.size = 200'000});
    std::vector<std::string> records;
    for (std::uint32_t pid = 1; pid <= 60; ++pid) {
        ASSERT_TRUE(write({process_of(pid)}));
        ASSERT_TRUE(segments_->write(snapshot_of(pid, 10'000)).ok());
        records.push_back(random_of(pid, 10'000, pid));
    }
    const std::uint32_t before = segments_->count();
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(write(records));
    ASSERT_TRUE(segments_->end("test", {}).ok());
    EXPECT_LE(segments_->count() - before, 2 * 60u * 10 * 10'000 / 200'000);
    for (const std::uint32_t number : kept())
        EXPECT_LE(store_.files().at(number).size(), 200'000u);
    EXPECT_FALSE(file(before).snapshots.empty());
}

TEST_F(SegmentsTest, WhatAFileDoesNotRepeatIsCounted) {
    start({.size = 200'000, .max_segments = 3});
    std::vector<std::string> records;
    for (std::uint32_t pid = 1; pid <= 10; ++pid) {
        ASSERT_TRUE(write({process_of(pid)}));
        ASSERT_TRUE(segments_->write(snapshot_of(pid, 10'000)).ok());
        records.push_back(random_of(pid, 10'000, pid));
    }
    // As long as the first file is there, it has all of them.
    ASSERT_TRUE(write(records));
    EXPECT_EQ(segments_->removed(), 0u);
    EXPECT_EQ(not_repeated(segments_->complete({})), 0u);
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(write(records));
    ASSERT_TRUE(segments_->end("test", {}).ok());
    EXPECT_GT(not_repeated(segments_->complete({})), 0u);
    for (const std::uint32_t number : kept()) {
        const File segment = file(number);
        const std::size_t described = segment.snapshots.size();
        EXPECT_EQ(speakers(segment).size(), described + not_repeated(segment.end.stats));
    }
}

TEST_F(SegmentsTest, AFileThatIsThereIsNotReplaced) {
    ASSERT_TRUE(store_.create(1).ok());
    start(kAfterEachBlock);
    ASSERT_TRUE(write({data_of(1, 10)}));
    EXPECT_FALSE(write({data_of(1, 11)}));
    EXPECT_EQ(store_.files().at(1), "");
}

}  // namespace
}  // namespace httpprof::record
