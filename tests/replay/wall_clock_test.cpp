#include "replay/wall_clock.h"

#include <limits>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

TEST(WallClockTest, UsesTheLatestClockAtOrBefore) {
    WallClock clock;
    clock.add({1000, 50'000});
    clock.add({2000, 99'000});  // the clock was set
    EXPECT_EQ(clock.realtime_ns(1999), 50'999);
    EXPECT_EQ(clock.realtime_ns(2000), 99'000);
    EXPECT_EQ(clock.realtime_ns(2500), 99'500);
}

TEST(WallClockTest, UsesTheFirstClockForWhatWasBefore) {
    WallClock clock;
    clock.add({1000, 50'000});
    clock.add({2000, 99'000});
    EXPECT_EQ(clock.realtime_ns(0), 49'000);
}

TEST(WallClockTest, OrderOfArrivalDoesNotMatter) {
    WallClock clock;
    clock.add({2000, 99'000});
    clock.add({1000, 50'000});
    EXPECT_EQ(clock.realtime_ns(1500), 50'500);
}

TEST(WallClockTest, WithoutClocksIsTheTimeItself) {
    EXPECT_EQ(WallClock().realtime_ns(123), 123);
}

TEST(WallClockTest, ForgetsOnlyWhatIsNotNeeded) {
    WallClock clock;
    clock.add({1000, 10'000});
    clock.add({2000, 30'000});
    clock.add({3000, 50'000});
    clock.forget_before(3500);
    EXPECT_EQ(clock.realtime_ns(500), 9'500);  // still by the first
    EXPECT_EQ(clock.realtime_ns(3500), 50'500);
    clock.forget_before(500);
    EXPECT_EQ(clock.realtime_ns(3500), 50'500);
}

TEST(WallClockTest, ExtremesWrap) {
    WallClock clock;
    clock.add({0, std::numeric_limits<std::int64_t>::max()});
    EXPECT_EQ(clock.realtime_ns(1), std::numeric_limits<std::int64_t>::min());
}

}  // namespace
}  // namespace httpprof::replay
