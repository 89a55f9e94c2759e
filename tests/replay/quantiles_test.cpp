#include "replay/quantiles.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

Quantiles quantiles_of(const std::vector<std::uint64_t>& values, std::size_t most) {
    Quantiles quantiles(most);
    for (const std::uint64_t value : values)
        quantiles.add(value);
    return quantiles;
}

std::uint64_t nearest_rank(const std::vector<std::uint64_t>& sorted, unsigned percent) {
    const std::size_t rank = (sorted.size() * percent + 99) / 100;
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

// Spread over ten powers of two, as latencies of one service may be.
std::vector<std::uint64_t> spread_values(std::size_t count) {
    std::mt19937_64 random(7);
    std::vector<std::uint64_t> values;
    for (std::size_t i = 0; i < count; ++i) {
        const double exponent = 17 + 10 * static_cast<double>(random() % 1'000'000) / 1e6;
        values.push_back(static_cast<std::uint64_t>(std::exp2(exponent)));
    }
    return values;
}

TEST(QuantilesTest, NothingIsZero) {
    const Quantiles none(100);
    EXPECT_EQ(none.count(), 0u);
    EXPECT_EQ(none.percentile(50), 0u);
    EXPECT_EQ(none.max(), 0u);
    EXPECT_EQ(none.error(), 0);
}

TEST(QuantilesTest, NearestRank) {
    const Quantiles four = quantiles_of({40, 10, 30, 20}, 100);
    EXPECT_EQ(four.percentile(0), 10u);
    EXPECT_EQ(four.percentile(25), 10u);
    EXPECT_EQ(four.percentile(26), 20u);
    EXPECT_EQ(four.percentile(50), 20u);
    EXPECT_EQ(four.percentile(75), 30u);
    EXPECT_EQ(four.percentile(76), 40u);
    EXPECT_EQ(four.percentile(100), 40u);
    EXPECT_EQ(four.max(), 40u);
}

TEST(QuantilesTest, FewDifferentValuesAreExactHoweverMany) {
    std::vector<std::uint64_t> values;
    for (std::uint64_t i = 0; i < 10'000; ++i)
        values.push_back(kLargest - i % 100);
    const Quantiles quantiles = quantiles_of(values, 100);
    EXPECT_EQ(quantiles.error(), 0);
    EXPECT_EQ(quantiles.count(), 10'000u);
    std::ranges::sort(values);
    for (const unsigned percent : {1u, 50u, 90u, 99u})
        EXPECT_EQ(quantiles.percentile(percent), nearest_rank(values, percent)) << percent;
}

TEST(QuantilesTest, ManyAreWithinTheirError) {
    auto values = spread_values(50'000);
    std::ranges::sort(values);
    for (const std::size_t most : {8192u, 1024u, 100u, 0u}) {
        const Quantiles quantiles = quantiles_of(values, most);
        EXPECT_GT(quantiles.error(), 0);
        for (unsigned percent = 0; percent <= 100; ++percent) {
            const auto exact = static_cast<double>(nearest_rank(values, percent));
            const auto found = static_cast<double>(quantiles.percentile(percent));
            EXPECT_LE(std::abs(found - exact) / exact, quantiles.error())
                << percent << " of " << most;
        }
        EXPECT_EQ(quantiles.max(), values.back());
    }
}

TEST(QuantilesTest, ErrorIsBelowOnePerMilleWithRoomForEachPowerOfTwo) {
    // 512 in each of 10 powers of two, and some that lie on their bounds.
    EXPECT_LT(quantiles_of(spread_values(50'000), 5200).error(), 0.001);
}

TEST(QuantilesTest, OrderDoesNotMatter) {
    auto values = spread_values(20'000);
    const Quantiles as_they_come = quantiles_of(values, 300);
    std::ranges::sort(values);
    const Quantiles ascending = quantiles_of(values, 300);
    std::ranges::reverse(values);
    const Quantiles descending = quantiles_of(values, 300);
    EXPECT_EQ(as_they_come.error(), ascending.error());
    EXPECT_EQ(as_they_come.error(), descending.error());
    for (unsigned percent = 0; percent <= 100; ++percent) {
        EXPECT_EQ(as_they_come.percentile(percent), ascending.percentile(percent));
        EXPECT_EQ(as_they_come.percentile(percent), descending.percentile(percent));
    }
}

TEST(QuantilesTest, ThoseOfOthersAreAsIfTheyHadComeHere) {
    const auto values = spread_values(20'000);
    for (const std::size_t cut : {0u, 100u, 10'000u, 19'900u}) {
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(cut);
        Quantiles sum = quantiles_of({values.begin(), middle}, 300);
        sum.add(quantiles_of({middle, values.end()}, 300));
        const Quantiles all = quantiles_of(values, 300);
        EXPECT_EQ(sum.count(), all.count());
        EXPECT_EQ(sum.max(), all.max());
        EXPECT_EQ(sum.error(), all.error());
        for (unsigned percent = 0; percent <= 100; ++percent)
            EXPECT_EQ(sum.percentile(percent), all.percentile(percent));
    }
}

TEST(QuantilesTest, AllPowersOfTwoFitInTheLeastRoom) {
    Quantiles quantiles(0);
    quantiles.add(0);
    for (unsigned digit = 0; digit < 64; ++digit) {
        for (const std::uint64_t offset : {0u, 1u, 2u, 3u})
            quantiles.add((std::uint64_t{1} << digit) + offset * ((std::uint64_t{1} << digit) / 4));
    }
    quantiles.add(kLargest);
    EXPECT_EQ(quantiles.count(), 258u);
    EXPECT_EQ(quantiles.max(), kLargest);
    EXPECT_EQ(quantiles.percentile(0), 0u);
    EXPECT_GE(quantiles.percentile(100), std::uint64_t{1} << 63);
}

}  // namespace
}  // namespace httpprof::replay
