#include "record/writer_thread.h"

#include <gtest/gtest.h>

#include "tests/support/wire_records.h"

namespace httpprof::record {
namespace {

// Takes everything, or fails from the n-th write on.
class FakeSink : public format::ByteSink {
  public:
    explicit FakeSink(int fail_at = -1) : fail_at_(fail_at) {}

    Result<void> write(std::span<const std::byte> bytes) override {
        if (writes_++ == fail_at_) return Error{"the disk is full"};
        written_ += bytes.size();
        return {};
    }
    Result<void> sync() override {
        return fails_to_sync_ ? Result<void>(Error{"fsync failed"}) : Result<void>();
    }
    void fail_to_sync() { fails_to_sync_ = true; }
    std::size_t written() const { return written_; }

  private:
    int fail_at_;
    int writes_ = 0;
    bool fails_to_sync_ = false;
    std::size_t written_ = 0;
};

format::RecordBlock one_record() {
    format::RecordBlock block;
    block.append(test::data_record({.payload = "GET / HTTP/1.1\r\n\r\n"}));
    return block;
}

TEST(WriterThread, WritesAllBeforeTheEnd) {
    FakeSink sink;
    auto writer = format::CaptureWriter::start(sink, {}, 1);
    ASSERT_TRUE(writer.ok());
    BlockQueue queue(1 << 20);
    WriterThread thread(queue, **writer, sink, [] { FAIL() << "no write failed"; });
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(queue.push(one_record()));
    ASSERT_TRUE(thread.end("test", {}).ok());
    EXPECT_EQ(thread.recorded(), 10u);
    EXPECT_EQ(thread.recorded_bytes(), 10 * one_record().size());
    EXPECT_EQ(sink.written(), (*writer)->bytes_written());
}

TEST(WriterThread, AFailedWriteIsReportedOnceAndReturned) {
    FakeSink sink(4);
    auto writer = format::CaptureWriter::start(sink, {}, 1);
    ASSERT_TRUE(writer.ok());
    BlockQueue queue(1 << 20);
    int failures = 0;
    WriterThread thread(queue, **writer, sink, [&] { ++failures; });
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(queue.push(one_record()));
    const Result<void> ended = thread.end("test", {});
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().message, "the disk is full");
    EXPECT_EQ(failures, 1);
    EXPECT_LT(thread.recorded(), 10u);
}

TEST(WriterThread, AFailedSyncIsReturnedWithAllWritten) {
    FakeSink sink;
    auto writer = format::CaptureWriter::start(sink, {}, 1);
    ASSERT_TRUE(writer.ok());
    BlockQueue queue(1 << 20);
    WriterThread thread(queue, **writer, sink, [] {});
    ASSERT_TRUE(queue.push(one_record()));
    sink.fail_to_sync();
    const Result<void> ended = thread.end("test", {});
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().message, "fsync failed");
    EXPECT_EQ(sink.written(), (*writer)->bytes_written());
}

}  // namespace
}  // namespace httpprof::record
