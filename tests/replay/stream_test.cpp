#include "replay/stream.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using format::MissingCause;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LogSink final : public StreamSink {
  public:
    void on_bytes(std::string_view bytes, const Origin&) override { log.emplace_back(bytes); }
    void on_gap(std::uint64_t length, MissingCause cause, const Origin&) override {
        log.push_back("gap " + std::to_string(length) + " " + std::string(to_string(cause)));
    }
    void on_end(StreamEnd end) override {
        log.emplace_back(end == StreamEnd::fin ? "end" : end == StreamEnd::close ? "close" : "cut");
    }

    std::vector<std::string> log;
};

class StreamTest : public ::testing::Test {
  protected:
    void add(std::uint64_t position, std::string_view bytes, std::uint64_t size,
             MissingCause missing) {
        stream_.add({{}, position, 0, size, missing, bytes});
    }
    void add(std::uint64_t position, std::string_view bytes) {
        add(position, bytes, bytes.size(), MissingCause::none);
    }
    std::uint64_t missing(MissingCause cause) const {
        const auto found = tally_.missing_bytes.find(cause);
        return found == tally_.missing_bytes.end() ? 0 : found->second;
    }

    LogSink sink_;
    Tally tally_;
    Stream stream_{sink_, tally_};
};

TEST_F(StreamTest, StartsAnywhereAndHandsOnInOrder) {
    EXPECT_FALSE(stream_.is_ahead(77));
    add(1000, "abc");
    EXPECT_FALSE(stream_.is_ahead(1003));
    EXPECT_TRUE(stream_.is_ahead(1004));
    add(1003, "de");
    EXPECT_THAT(sink_.log, ElementsAre("abc", "de"));
}

TEST_F(StreamTest, StartThatIsKnownShowsWhatIsMissingFirst) {
    stream_.start_at(100);
    EXPECT_TRUE(stream_.is_ahead(105));
    stream_.lose_until(105, {});
    add(105, "ab");
    EXPECT_THAT(sink_.log, ElementsAre("gap 5 lost", "ab"));
}

TEST_F(StreamTest, BytesBeforeTheSupposedStartCountWhileNoneWereHandedOn) {
    stream_.start_at(100);
    add(90, "0123456789ab");
    add(85, "x");
    EXPECT_THAT(sink_.log, ElementsAre("0123456789ab"));
}

TEST_F(StreamTest, UrgentByteTakesAPositionAndIsNoGap) {
    add(100, "ab");
    add(102, "", 1, MissingCause::urgent);
    add(103, "cd");
    EXPECT_THAT(sink_.log, ElementsAre("ab", "cd"));
    EXPECT_EQ(missing(MissingCause::urgent), 0u);
}

TEST_F(StreamTest, PositionAfterTheFinIsNotAhead) {
    add(100, "ab");
    stream_.end_at(104);
    EXPECT_TRUE(stream_.is_ahead(105));
    add(102, "cd");
    EXPECT_FALSE(stream_.is_ahead(105));
}

TEST_F(StreamTest, PositionsPassThe32BitLimit) {
    add(0xFFFFFFFE, "abcd");
    add(0x100000002, "ef");
    EXPECT_THAT(sink_.log, ElementsAre("abcd", "ef"));
}

TEST_F(StreamTest, DropsWhatWasHandedOnBefore) {
    add(100, "abcdef");
    add(100, "abcdef");
    add(103, "defgh");
    add(50, "x");
    EXPECT_THAT(sink_.log, ElementsAre("abcdef", "gh"));
    EXPECT_EQ(tally_.duplicate_bytes, 6u + 3u + 1u);
}

TEST_F(StreamTest, LengthOnlyRecordIsAGapWithItsCause) {
    add(100, "ab");
    add(102, "", 1000, MissingCause::sendfile);
    add(1102, "cd", 10, MissingCause::snaplen);
    add(1112, "ef");
    EXPECT_THAT(sink_.log, ElementsAre("ab", "gap 1000 sendfile", "cd", "gap 8 snaplen", "ef"));
    EXPECT_EQ(missing(MissingCause::sendfile), 1000u);
    EXPECT_EQ(missing(MissingCause::snaplen), 8u);
}

TEST_F(StreamTest, ShortRecordWithoutACauseIsLost) {
    add(100, "ab", 5, MissingCause::none);
    EXPECT_THAT(sink_.log, ElementsAre("ab", "gap 3 lost"));
}

TEST_F(StreamTest, OverlapEndsInsideTheMissingPart) {
    add(100, "abcdef");
    add(100, "abc", 10, MissingCause::snaplen);
    EXPECT_THAT(sink_.log, ElementsAre("abcdef", "gap 4 snaplen"));
}

TEST_F(StreamTest, HoleThatNobodyExplainsIsLost) {
    add(100, "ab");
    stream_.lose_until(150, {});
    add(150, "cd");
    EXPECT_THAT(sink_.log, ElementsAre("ab", "gap 48 lost", "cd"));
    EXPECT_EQ(missing(MissingCause::lost), 48u);
}

TEST_F(StreamTest, FinAfterTheLastByteEndsAtOnce) {
    add(100, "ab");
    stream_.end_at(102);
    EXPECT_THAT(sink_.log, ElementsAre("ab", "end"));
}

TEST_F(StreamTest, FinBeforeTheLastBytesWaitsForThem) {
    add(100, "ab");
    stream_.end_at(105);
    EXPECT_THAT(sink_.log, ElementsAre("ab"));
    add(102, "cde");
    EXPECT_THAT(sink_.log, ElementsAre("ab", "cde", "end"));
    stream_.close({}, {});
    EXPECT_THAT(sink_.log, ElementsAre("ab", "cde", "end"));
}

TEST_F(StreamTest, FinBeforeAnyByte) {
    stream_.end_at(105);
    EXPECT_THAT(sink_.log, IsEmpty());
    add(100, "abcde");
    EXPECT_THAT(sink_.log, ElementsAre("abcde", "end"));
}

TEST_F(StreamTest, TheEndIsWhereItWasSaidFirst) {
    stream_.end_at(105);
    stream_.end_at(106);  // the FIN has taken a number meanwhile
    add(100, "abcde");
    stream_.close({.moved = 106, .arrived = 106}, {});
    EXPECT_THAT(sink_.log, ElementsAre("abcde", "end"));
    EXPECT_EQ(missing(MissingCause::lost), 0u);
}

TEST_F(StreamTest, CloseLosesWhatIsMissingBeforeTheFin) {
    add(100, "ab");
    stream_.end_at(110);
    stream_.close({}, {});
    EXPECT_THAT(sink_.log, ElementsAre("ab", "gap 8 lost", "end"));
}

TEST_F(StreamTest, CloseLosesWhatWasReadAndNotWhatNobodyRead) {
    add(100, "ab");
    stream_.end_at(110);
    stream_.close({.moved = 105, .arrived = 110}, {});
    EXPECT_THAT(sink_.log, ElementsAre("ab", "gap 3 lost", "gap 5 unread", "end"));
    EXPECT_EQ(missing(MissingCause::lost), 3u);
    EXPECT_EQ(missing(MissingCause::unread), 5u);
}

TEST_F(StreamTest, CloseWithoutFinKnowsWhatArrived) {
    add(100, "ab");
    stream_.close({.moved = 102, .arrived = 110}, {});
    EXPECT_THAT(sink_.log, ElementsAre("ab", "gap 8 unread", "close"));
}

TEST_F(StreamTest, CloseBeforeAnythingWasRead) {
    stream_.start_at(100);
    stream_.close({.moved = 100, .arrived = 104}, {});
    EXPECT_THAT(sink_.log, ElementsAre("gap 4 unread", "close"));
}

TEST_F(StreamTest, CloseBelowWhatWasSeenChangesNothing) {
    add(100, "abcd");
    stream_.end_at(104);
    stream_.close({.moved = 102, .arrived = 90}, {});
    EXPECT_THAT(sink_.log, ElementsAre("abcd", "end"));
}

TEST_F(StreamTest, CloseBeyondTheFinLosesNoMoreThanUpToIt) {
    add(100, "ab");
    stream_.end_at(104);
    stream_.close({.moved = 1'000'000, .arrived = 2'000'000}, {});
    EXPECT_THAT(sink_.log, ElementsAre("ab", "gap 2 lost", "end"));
}

TEST_F(StreamTest, CloseWithoutFinIsNotOrderly) {
    add(100, "ab");
    stream_.close({}, {});
    EXPECT_THAT(sink_.log, ElementsAre("ab", "close"));
}

TEST_F(StreamTest, EndOfCaptureIsNotOrderlyAndLosesNothing) {
    add(100, "ab");
    stream_.end_at(110);
    stream_.cut();
    EXPECT_THAT(sink_.log, ElementsAre("ab", "cut"));
    EXPECT_EQ(missing(MissingCause::lost), 0u);
}

TEST_F(StreamTest, NothingFollowsTheEnd) {
    add(100, "ab");
    stream_.end_at(102);
    add(102, "cd");
    EXPECT_THAT(sink_.log, ElementsAre("ab", "end"));
    EXPECT_EQ(tally_.duplicate_bytes, 2u);
}

TEST_F(StreamTest, BytesBeyondAFinMoveIt) {
    add(100, "ab");
    stream_.end_at(104);
    add(102, "cdef");
    EXPECT_THAT(sink_.log, ElementsAre("ab", "cdef", "end"));
}

}  // namespace
}  // namespace httpprof::replay
