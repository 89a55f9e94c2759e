#include "record/ring.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/record/made_ring.h"

namespace httpprof::record {
namespace {

using Records = std::vector<std::string>;

class RingTest : public ::testing::Test {
  protected:
    RingTest() {
        auto ring = Ring::map(made_.descriptor(), MadeRing::kSize, 2000);
        EXPECT_TRUE(ring.ok());
        ring_ = *std::move(ring);
    }

    // What is there to be taken.
    Records take() {
        Records records;
        for (ring_->look(); !ring_->front().empty(); ring_->pop())
            records.emplace_back(ring_->front());
        ring_->release();
        return records;
    }

    MadeRing made_;
    std::unique_ptr<Ring> ring_;
};

TEST_F(RingTest, OldestFirst) {
    made_.produce("first");
    made_.produce("second record");
    EXPECT_EQ(take(), (Records{"first", "second record"}));
    EXPECT_EQ(made_.consumed(), made_.produced());
    EXPECT_EQ(take(), Records{});
}

TEST_F(RingTest, StopsAtARecordThatIsBeingWritten) {
    made_.produce("done");
    const std::size_t place = made_.produce("later", BPF_RINGBUF_BUSY_BIT);
    made_.produce("after");
    EXPECT_EQ(take(), Records{"done"});
    EXPECT_TRUE(ring_->is_being_written());
    made_.set_length(place, 5);
    EXPECT_EQ(take(), (Records{"later", "after"}));
    EXPECT_FALSE(ring_->is_being_written());
}

TEST_F(RingTest, StepsOverDiscardedRecords) {
    made_.produce("discarded", BPF_RINGBUF_DISCARD_BIT);
    made_.produce("kept");
    EXPECT_EQ(take(), Records{"kept"});
    EXPECT_EQ(made_.consumed(), made_.produced());
}

TEST_F(RingTest, NothingThatCameAfterTheLook) {
    made_.produce("before");
    ring_->look();
    made_.produce("after");
    EXPECT_EQ(ring_->front(), "before");
    ring_->pop();
    EXPECT_EQ(ring_->front(), "");
    EXPECT_EQ(take(), Records{"after"});
}

TEST_F(RingTest, TheFrontIsNotReleased) {
    made_.produce("popped");
    made_.produce("front");
    ring_->look();
    ring_->pop();
    ring_->release();
    EXPECT_EQ(made_.consumed(), made_.produced() / 2);
}

TEST_F(RingTest, RecordsThatGoRoundTheEnd) {
    for (int i = 0; i < 200; ++i) {
        const std::string record(static_cast<std::size_t>(100 + i * 9), static_cast<char>(i));
        made_.produce(record);
        ASSERT_EQ(take(), Records{record}) << i;
    }
    EXPECT_GT(made_.produced(), 10 * MadeRing::kSize);
}

}  // namespace
}  // namespace httpprof::record
