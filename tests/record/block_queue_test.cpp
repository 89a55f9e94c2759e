#include "record/block_queue.h"

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace httpprof::record {
namespace {

format::RecordBlock block_of(std::size_t size) {
    format::RecordBlock block;
    block.append(std::string(size, 'r'));
    return block;
}

TEST(BlockQueue, KeepsTheOrder) {
    BlockQueue queue(1000);
    ASSERT_TRUE(queue.push(block_of(10)));
    ASSERT_TRUE(queue.push(format::Clock{.boottime_ns = 1, .realtime_ns = 2}));
    queue.close();
    EXPECT_TRUE(std::holds_alternative<format::RecordBlock>(queue.pop().value()));
    EXPECT_TRUE(std::holds_alternative<format::Clock>(queue.pop().value()));
    EXPECT_FALSE(queue.pop().has_value());
}

TEST(BlockQueue, RefusesBlocksBeyondTheLimitButNotStats) {
    BlockQueue queue(100);
    EXPECT_TRUE(queue.push(block_of(60)));
    EXPECT_FALSE(queue.push(block_of(60)));
    EXPECT_TRUE(queue.push(format::Stats{}));
    EXPECT_TRUE(queue.push(block_of(40)));
}

TEST(BlockQueue, OneOfStatsWaitsAtATime) {
    BlockQueue queue(100);
    EXPECT_TRUE(queue.push(format::Stats{}));
    EXPECT_FALSE(queue.push(format::Stats{}));
    EXPECT_TRUE(queue.push(format::Clock{}));
    queue.pop();
    EXPECT_TRUE(queue.push(format::Stats{}));
}

// A process of which the kernel said the rest has neither arguments nor environment in it.
TEST(BlockQueue, SnapshotsCountWithAllThatTheyTake) {
    BlockQueue queue(64 * 1024);
    int taken = 0;
    while (taken < 1000 && queue.push(format::Snapshot{.cgroups = std::string(1000, 'c')}))
        ++taken;
    EXPECT_GT(taken, 40);
    EXPECT_LT(taken, 65);
}

TEST(BlockQueue, KnowsWhetherABlockWaits) {
    BlockQueue queue(100);
    EXPECT_TRUE(queue.push(format::Clock{}));
    EXPECT_FALSE(queue.has_block());
    EXPECT_TRUE(queue.push(block_of(1)));
    EXPECT_TRUE(queue.has_block());
}

TEST(BlockQueue, WhatIsRefusedIsAsItWas) {
    BlockQueue queue(100);
    ASSERT_TRUE(queue.push(block_of(60)));
    FrameInput refused = block_of(70);
    EXPECT_FALSE(queue.push(std::move(refused)));
    EXPECT_EQ(std::get<format::RecordBlock>(refused).size(), 70u);
}

TEST(BlockQueue, WhatIsLargerThanTheLimitWaitsAlone) {
    BlockQueue queue(100);
    EXPECT_TRUE(queue.push(block_of(1000)));
    EXPECT_FALSE(queue.push(block_of(1)));
}

TEST(BlockQueue, WaitsUntilThereIsRoom) {
    BlockQueue queue(100);
    ASSERT_TRUE(queue.push(block_of(60)));
    ASSERT_TRUE(queue.push(block_of(40)));
    queue.wait_for_room(40, std::chrono::milliseconds(1));
    EXPECT_FALSE(queue.push(block_of(40)));
    std::thread writer([&] { queue.pop(); });
    queue.wait_for_room(40, std::chrono::minutes(1));
    EXPECT_TRUE(queue.push(block_of(40)));
    writer.join();
}

TEST(BlockQueue, HasRoomAgainWhenTheWriterTookSome) {
    BlockQueue queue(100);
    ASSERT_TRUE(queue.push(block_of(100)));
    ASSERT_FALSE(queue.push(block_of(1)));
    ASSERT_TRUE(queue.pop().has_value());
    EXPECT_TRUE(queue.push(block_of(100)));
}

TEST(BlockQueue, RecycledBlocksComeBackEmpty) {
    BlockQueue queue(100);
    queue.recycle(block_of(50));
    EXPECT_TRUE(queue.take_empty_block().empty());
}

// All of them: when the writer gets a processor but now and then, blocks come and go in bursts.
TEST(BlockQueue, GivesTheMemoryOfAllBlocksAgain) {
    constexpr std::size_t kBlocks = 3;
    BlockQueue queue(1000);
    std::multiset<const void*> before;
    for (std::size_t i = 0; i < kBlocks; ++i) {
        format::RecordBlock block = block_of(50);
        before.insert(block.record(0).fixed.data());
        ASSERT_TRUE(queue.push(std::move(block)));
    }
    for (std::size_t i = 0; i < kBlocks; ++i)
        queue.recycle(queue.pop().value());
    // What was freed would be given to these.
    const std::vector<format::RecordBlock> others = {block_of(1), block_of(1), block_of(1)};

    std::vector<format::RecordBlock> blocks;
    std::multiset<const void*> after;
    for (std::size_t i = 0; i < kBlocks; ++i) {
        blocks.push_back(queue.take_empty_block());
        blocks.back().append("record");
        after.insert(blocks.back().record(0).fixed.data());
    }
    EXPECT_EQ(after, before);
}

TEST(BlockQueue, PopWaitsForPush) {
    BlockQueue queue(100);
    std::thread producer([&] {
        for (int i = 0; i < 1000; ++i)
            while (!queue.push(block_of(10)))
                std::this_thread::yield();
        queue.close();
    });
    int taken = 0;
    while (queue.pop())
        ++taken;
    producer.join();
    EXPECT_EQ(taken, 1000);
}

}  // namespace
}  // namespace httpprof::record
