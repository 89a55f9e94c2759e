#include "format/memory_pool.h"

#include <algorithm>
#include <cstddef>

#include <gtest/gtest.h>

namespace httpprof::format {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

TEST(MemoryPoolTest, GivesTheBlockThatWasUsedLast) {
    const auto pool = MemoryPool::make();
    auto first = pool->take(4 * kMebibyte - 1000);
    auto second = pool->take(4 * kMebibyte - 1000);
    const std::byte* const last = first.get();
    second.reset();
    first.reset();
    EXPECT_EQ(pool->take(4 * kMebibyte).get(), last);
}

TEST(MemoryPoolTest, GivesNoBlockTwice) {
    const auto pool = MemoryPool::make();
    const auto first = pool->take(1);
    const auto second = pool->take(1);
    EXPECT_NE(first.get(), second.get());
}

TEST(MemoryPoolTest, PassesOverBlocksThatAreTooSmall) {
    const auto pool = MemoryPool::make();
    auto large = pool->take(3 * kMebibyte);
    auto small = pool->take(1000);
    const std::byte* const fits = large.get();
    large.reset();
    small.reset();
    const auto taken = pool->take(2 * kMebibyte);
    EXPECT_EQ(taken.get(), fits);
    std::fill_n(taken.get(), 2 * kMebibyte, std::byte{1});
}

TEST(MemoryPoolTest, MemoryOutlivesThePool) {
    auto pool = MemoryPool::make();
    const auto taken = pool->take(kMebibyte);
    const auto large = pool->take(64 * kMebibyte);
    pool.reset();
    std::fill_n(taken.get(), kMebibyte, std::byte{1});
    EXPECT_EQ(taken[kMebibyte - 1], std::byte{1});
}

}  // namespace
}  // namespace httpprof::format
