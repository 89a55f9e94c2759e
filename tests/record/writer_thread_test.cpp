#include "record/writer_thread.h"

#include <gtest/gtest.h>

#include "tests/record/memory_segments.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::record {
namespace {

using test::data_record;
using test::sample_header;

format::RecordBlock one_record() {
    format::RecordBlock block;
    block.append(data_record({.payload = "GET / HTTP/1.1\r\n\r\n"}));
    return block;
}

class WriterThreadTest : public ::testing::Test {
  protected:
    std::unique_ptr<Segments> start(const Rotation& rotation = {}) {
        auto segments = Segments::start(store_, rotation, {}, sample_header());
        EXPECT_TRUE(segments.ok());
        return *std::move(segments);
    }

    void push(int count) {
        for (int i = 0; i < count; ++i)
            EXPECT_TRUE(queue_.push(one_record()));
    }

    test::MemorySegments store_;
    BlockQueue queue_{1 << 20};
};

TEST_F(WriterThreadTest, WritesAllBeforeTheEnd) {
    const auto segments = start();
    WriterThread thread(queue_, *segments, [] { FAIL() << "nothing stops it"; });
    push(10);
    ASSERT_TRUE(thread.end("test", {}).ok());
    EXPECT_EQ(segments->complete({}).recorded, 10u);
    EXPECT_EQ(segments->complete({}).recorded_bytes, 10 * one_record().size());
    EXPECT_EQ(store_.files().at(0).size(), segments->bytes_written());
    EXPECT_TRUE(store_.is_finished(0));
}

TEST_F(WriterThreadTest, AFailedWriteIsReportedOnceAndReturned) {
    const auto segments = start();
    store_.fail_after(4);
    int stops = 0;
    WriterThread thread(queue_, *segments, [&] { ++stops; });
    push(10);
    const Result<void> ended = thread.end("test", {});
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().message, "the disk is full");
    EXPECT_EQ(stops, 1);
    EXPECT_FALSE(store_.is_finished(0));
}

TEST_F(WriterThreadTest, AFailedSyncIsReturnedWithAllWritten) {
    const auto segments = start();
    WriterThread thread(queue_, *segments, [] {});
    push(1);
    store_.fail_to_sync();
    const Result<void> ended = thread.end("test", {});
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().message, "fsync failed");
    EXPECT_EQ(store_.files().at(0).size(), segments->bytes_written());
}

TEST_F(WriterThreadTest, AFullCaptureStopsTheRecordingAndSaysSo) {
    const auto segments = start({.max_size = 1});
    int stops = 0;
    WriterThread thread(queue_, *segments, [&] { ++stops; });
    push(10);
    ASSERT_TRUE(thread.end("interrupted", {.produced = 10}).ok());
    EXPECT_EQ(stops, 1);
    const auto reading = test::read_all(store_.files().at(0));
    const auto& end = std::get<format::End>(reading.frames.back().content);
    EXPECT_EQ(end.reason, "max-size");
    EXPECT_EQ(end.stats.recorded, 1u);
    ASSERT_EQ(end.stats.lost.size(), 1u);
    EXPECT_EQ(end.stats.lost[0].cause, "max-size");
    EXPECT_EQ(end.stats.lost[0].records, 9u);
    EXPECT_EQ(end.stats.lost[0].bytes, 9u * 18);
}

}  // namespace
}  // namespace httpprof::record
