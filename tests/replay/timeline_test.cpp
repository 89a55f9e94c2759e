#include "replay/timeline.h"

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TimelineTest : public ::testing::Test {
  protected:
    void add(std::uint64_t time_ns, std::uint64_t connection, std::uint64_t order,
             const std::string& name) {
        PlacedMessage placed;
        placed.paired.message = std::make_shared<Message>();
        placed.paired.message->first.time_ns = time_ns;
        placed.paired.message->raw = name;
        placed.paired.order = order;
        placed.connection = connection;
        timeline_.add(std::move(placed));
    }
    std::vector<std::string> take_before(std::uint64_t watermark_ns) {
        std::vector<std::string> names;
        while (auto placed = timeline_.take_before(watermark_ns)) {
            names.push_back(placed->paired.message->raw);
        }
        return names;
    }

    MessageStore store_;
    Timeline timeline_{store_};
};

TEST_F(TimelineTest, OrdersByTimeThenConnectionThenOrder) {
    add(30, 1, 9, "d");
    add(20, 2, 1, "c");
    add(20, 1, 3, "b");
    add(20, 1, 2, "a");
    EXPECT_THAT(take_before(kNever), ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(take_before(kNever), IsEmpty());
}

TEST_F(TimelineTest, HoldsWhatIsNotBeforeTheWatermark) {
    add(10, 1, 1, "a");
    add(20, 1, 2, "b");
    EXPECT_THAT(take_before(10), IsEmpty());
    EXPECT_THAT(take_before(20), ElementsAre("a"));
    add(15, 2, 1, "c");
    EXPECT_THAT(take_before(21), ElementsAre("c", "b"));
}

TEST_F(TimelineTest, InTheEndGivesWhateverTimeThereIs) {
    add(kNever, 1, 1, "last");
    add(kNever - 1, 1, 2, "before");
    EXPECT_THAT(take_before(kNever - 1), IsEmpty());
    EXPECT_THAT(take_before(kNever), ElementsAre("before", "last"));
}

// A message of which every member says something.
PlacedMessage full_message(std::uint64_t time_ns, std::uint64_t order) {
    PlacedMessage placed;
    placed.paired.message = std::make_shared<Message>();
    Message& message = *placed.paired.message;
    message.kind = Message::Kind::response;
    message.version = "1.1";
    message.method = {1, 2};
    message.target = {3, 4};
    message.reason = {5, 6};
    message.status = 206;
    message.fields = {{{7, 8}, {9, 10}, 0}};
    message.trailers = {{{11, 12}, {13, 14}, -1}};
    message.unfolded = {"folded value"};
    message.raw = std::string(static_cast<std::size_t>(order % 100), 'r') + std::to_string(order);
    message.head_size = 1;
    message.size = 15;
    message.content = {{16, 17}, {18, 19}};
    message.body_size = 20;
    message.gaps = {{21, 22, format::MissingCause::splice}};
    message.anomalies = {{AnomalyKind::bare_lf, 23}};
    message.truncated = true;
    message.first = {time_ns, 24, 25, "a name of 16 chr"};
    message.others = {{time_ns + 1, 26, 27, "a child"}, {time_ns + 2, 24, 25, "executed"}};
    message.last_time_ns = 26;
    placed.paired.direction = format::Direction::recv;
    placed.paired.order = order;
    placed.paired.exchange = 27;
    placed.paired.latency_ns = 28;
    placed.paired.request =
        std::make_shared<const RequestHead>(RequestHead{"PUT", "/x", "host", 33});
    placed.paired.response = ResponseHead{404, 29};
    placed.paired.ended_early = true;
    placed.position = 77;
    placed.connection = 30;
    placed.source.port = 31;
    placed.destination.port = 32;
    return placed;
}

void expect_full(const PlacedMessage& placed, std::uint64_t time_ns, std::uint64_t order) {
    const PlacedMessage wanted = full_message(time_ns, order);
    const Message& a = *placed.paired.message;
    const Message& b = *wanted.paired.message;
    EXPECT_EQ(
        std::tie(a.kind, a.version, a.method, a.target, a.reason, a.status, a.unfolded, a.raw),
        std::tie(b.kind, b.version, b.method, b.target, b.reason, b.status, b.unfolded, b.raw));
    EXPECT_EQ(
        std::tie(a.size, a.content, a.body_size, a.truncated, a.first, a.others, a.last_time_ns),
        std::tie(b.size, b.content, b.body_size, b.truncated, b.first, b.others, b.last_time_ns));
    ASSERT_EQ(a.fields.size(), 1u);
    EXPECT_EQ(a.fields[0].value, b.fields[0].value);
    EXPECT_EQ(a.fields[0].unfolded, 0);
    ASSERT_EQ(a.trailers.size(), 1u);
    EXPECT_EQ(a.trailers[0].name, b.trailers[0].name);
    ASSERT_EQ(a.gaps.size(), 1u);
    EXPECT_EQ(a.gaps[0].length, 22u);
    ASSERT_EQ(a.anomalies.size(), 1u);
    EXPECT_EQ(a.anomalies[0].offset, 23u);
    EXPECT_EQ(placed.paired.direction, format::Direction::recv);
    EXPECT_EQ(placed.paired.exchange, 27u);
    EXPECT_EQ(placed.paired.latency_ns, 28u);
    EXPECT_EQ(placed.paired.request->target, "/x");
    EXPECT_EQ(placed.paired.response->latency_ns, 29u);
    EXPECT_TRUE(placed.paired.ended_early);
    EXPECT_EQ(placed.position, 77u);
    EXPECT_EQ(placed.connection, 30u);
    EXPECT_EQ(placed.source, wanted.source);
    EXPECT_EQ(placed.destination, wanted.destination);
}

TEST(TimelineOfAFullStore, GivesEveryMessageWholeAndInOrder) {
    constexpr std::uint64_t kMessages = 4000;
    MessageStore store(100'000);
    Timeline timeline(store);
    std::mt19937_64 random(3);
    std::vector<std::uint64_t> times(kMessages);
    for (std::uint64_t i = 0; i < kMessages; ++i) {
        times[i] = random() % 1000;
        timeline.add(full_message(times[i], i));
        // Some are taken meanwhile: none, since the watermark is before them all.
        EXPECT_FALSE(timeline.take_before(0));
    }
    EXPECT_FALSE(store.is_full());
    std::vector<std::pair<std::uint64_t, std::uint64_t>> expected;
    for (std::uint64_t i = 0; i < kMessages; ++i)
        expected.emplace_back(times[i], i);
    std::ranges::sort(expected);
    for (const auto& [time_ns, order] : expected) {
        const auto placed = timeline.take_before(kNever);
        ASSERT_TRUE(placed);
        expect_full(*placed, time_ns, order);
    }
    EXPECT_FALSE(timeline.take_before(kNever));
    EXPECT_FALSE(store.error());
}

TEST(TimelineOfAFullStore, GoesOnWhileMessagesComeAndGo) {
    MessageStore store(50'000);
    Timeline timeline(store);
    std::mt19937_64 random(5);
    std::uint64_t last_ns = 0;
    std::size_t taken = 0;
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        timeline.add(full_message(i + random() % 500, i));
        const std::uint64_t watermark_ns = i % 1000 == 999 ? i : 0;
        while (const auto placed = timeline.take_before(watermark_ns)) {
            EXPECT_GE(placed->paired.message->first.time_ns, last_ns);
            last_ns = placed->paired.message->first.time_ns;
            ++taken;
        }
    }
    while (timeline.take_before(kNever))
        ++taken;
    EXPECT_EQ(taken, 20'000u);
}

// Such responses can be ten thousand times as short as the head.
TEST(TimelineOfAFullStore, WritesOnceWhatResponsesToOneRequestHaveInCommon) {
    constexpr std::uint64_t kMessages = 4000;
    MessageStore store(1'000'000);
    Timeline timeline(store);
    std::vector<std::shared_ptr<const RequestHead>> heads;  // of two connections
    for (const char c : {'a', 'b'}) {
        heads.push_back(std::make_shared<const RequestHead>(
            RequestHead{"GET", std::string(100'000, c), "h", 0}));
    }
    for (std::uint64_t i = 0; i < kMessages; ++i) {
        PlacedMessage placed = full_message(i, i);
        placed.connection = i % 2;
        placed.paired.request = heads[i % 2];
        timeline.add(std::move(placed));
    }
    std::set<std::shared_ptr<const RequestHead>> found;
    for (std::uint64_t i = 0; i < kMessages; ++i) {
        const auto placed = timeline.take_before(kNever);
        ASSERT_TRUE(placed);
        ASSERT_EQ(placed->paired.request->target, heads[i % 2]->target) << i;
        found.insert(placed->paired.request);
    }
    EXPECT_GT(found.size(), heads.size()) << "nothing was written";
    EXPECT_LT(found.size(), kMessages / 10);
    EXPECT_FALSE(store.error());
}

// The first message of an older run waits behind all that is written.
TEST(TimelineOfAFullStore, WritesNothingWhereOnlyOlderRunsFollowAFullBlock) {
    MessageStore store(1);
    Timeline timeline(store);
    timeline.add(full_message(20, 1));
    PlacedMessage fills_a_block = full_message(10, 2);
    fills_a_block.paired.message->raw.assign(64 * 1024, 'r');
    timeline.add(std::move(fills_a_block));
    const auto first = timeline.take_before(kNever);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->paired.message->raw.size(), 64 * 1024u);
    const auto second = timeline.take_before(kNever);
    ASSERT_TRUE(second);
    expect_full(*second, 20, 1);
    EXPECT_FALSE(timeline.take_before(kNever));
}

}  // namespace
}  // namespace httpprof::replay
