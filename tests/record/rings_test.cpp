#include "record/rings.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bpf/wire.h"
#include "tests/record/made_ring.h"

namespace httpprof::record {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

std::string record_of(std::uint64_t time_ns) {
    wire_header header{};
    header.size = sizeof(header);
    header.time_ns = time_ns;
    return std::string(reinterpret_cast<const char*>(&header), sizeof(header));
}

using Times = std::vector<std::uint64_t>;

// The time of a record after which the handler takes no more.
constexpr std::uint64_t kLastTaken = 99;

class RingsTest : public ::testing::Test {
  protected:
    RingsTest() {
        std::vector<std::unique_ptr<Ring>> rings;
        for (const MadeRing& made : made_)
            rings.push_back(*Ring::map(made.descriptor(), MadeRing::kSize, 2000));
        rings_ = std::make_unique<Rings>(std::move(rings));
    }

    Times consume(std::size_t limit = 1000, std::uint64_t before_ns = UINT64_MAX) {
        Times times;
        rings_->consume(
            [](void* to, std::string_view record) {
                wire_header header;
                std::memcpy(&header, record.data(), sizeof(header));
                static_cast<Times*>(to)->push_back(header.time_ns);
                return header.time_ns != kLastTaken;
            },
            &times, limit, before_ns);
        return times;
    }

    std::array<MadeRing, 2> made_;
    std::unique_ptr<Rings> rings_;
};

TEST_F(RingsTest, RecordsOfAllByTheirTimes) {
    for (const std::uint64_t time : Times{10, 40, 50})
        made_[0].produce(record_of(time));
    for (const std::uint64_t time : Times{20, 30, 60})
        made_[1].produce(record_of(time));
    EXPECT_EQ(consume(), (Times{10, 20, 30, 40, 50, 60}));
    EXPECT_EQ(made_[0].consumed(), made_[0].produced());
    EXPECT_EQ(made_[1].consumed(), made_[1].produced());
    EXPECT_EQ(consume(), Times{});
}

TEST_F(RingsTest, RecordsOfOneAsTheyWereReserved) {
    for (const std::uint64_t time : Times{20, 10, 30})
        made_[0].produce(record_of(time));
    EXPECT_EQ(consume(), (Times{20, 10, 30}));
}

TEST_F(RingsTest, ARecordThatIsBeingWrittenMayBeOlderThanTheOthers) {
    made_[0].produce(record_of(10));
    const std::size_t place = made_[0].produce(record_of(20), BPF_RINGBUF_BUSY_BIT);
    made_[1].produce(record_of(30));
    EXPECT_EQ(consume(), Times{10});
    made_[0].set_length(place, sizeof(wire_header));
    EXPECT_EQ(consume(), (Times{20, 30}));
}

TEST_F(RingsTest, OnlyRecordsFromBefore) {
    made_[0].produce(record_of(10));
    made_[0].produce(record_of(30));
    made_[1].produce(record_of(20));
    EXPECT_EQ(consume(1000, 20), Times{10});
    EXPECT_EQ(consume(1000, 21), Times{20});
    EXPECT_EQ(consume(), Times{30});
}

TEST_F(RingsTest, NoMoreThanTheLimit) {
    for (const std::uint64_t time : Times{10, 30})
        made_[0].produce(record_of(time));
    made_[1].produce(record_of(20));
    EXPECT_EQ(consume(2), (Times{10, 20}));
    EXPECT_EQ(consume(2), Times{30});
}

TEST_F(RingsTest, NoMoreThanTheHandlerTakes) {
    made_[0].produce(record_of(kLastTaken));
    made_[0].produce(record_of(120));
    made_[1].produce(record_of(110));
    EXPECT_EQ(consume(), Times{kLastTaken});
    EXPECT_EQ(made_[1].consumed(), 0u);
    EXPECT_EQ(consume(), (Times{110, 120}));
}

TEST_F(RingsTest, OneIsEnoughToBeNearlyFull) {
    made_[0].produce(record_of(10));
    for (int i = 0; i < 6; ++i)
        made_[1].produce(std::string(MadeRing::kSize / 8 - BPF_RINGBUF_HDR_SZ, '\0'));
    EXPECT_FALSE(rings_->is_nearly_full());
    made_[1].produce(record_of(20));
    EXPECT_TRUE(rings_->is_nearly_full());
    consume(2);
    EXPECT_FALSE(rings_->is_nearly_full());
}

TEST(CountRingsTest, APowerOfTwoAndNoneSmall) {
    EXPECT_EQ(count_rings(64 * kMiB, 1), 1);
    EXPECT_EQ(count_rings(64 * kMiB, 3), 2);
    EXPECT_EQ(count_rings(64 * kMiB, 128), 4);
    EXPECT_EQ(count_rings(8 * kMiB, 128), 2);
    EXPECT_EQ(count_rings(4096, 128), 1);
}

}  // namespace
}  // namespace httpprof::record
