#include "replay/protocol/origin_buffer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

Origin at(std::uint64_t time_ns) {
    return {time_ns, 1, 1, "test"};
}

OriginBuffer three_runs() {
    OriginBuffer buffer;
    buffer.append("abc", at(1));
    buffer.append("d", at(2));
    buffer.append("", at(5));
    buffer.append("e", at(2));
    buffer.append("fg", at(3));
    return buffer;
}

std::vector<std::string> runs(const OriginBuffer& buffer) {
    std::vector<std::string> result;
    buffer.for_each_run([&](std::string_view bytes, const Origin& origin) {
        result.push_back(std::string(bytes) + std::to_string(origin.time_ns));
    });
    return result;
}

TEST(OriginBuffer, JoinsWhatComesFromOneOrigin) {
    EXPECT_THAT(runs(three_runs()), testing::ElementsAre("abc1", "de2", "fg3"));
    EXPECT_EQ(three_runs().first_origin(), at(1));
}

TEST(OriginBuffer, TellsWhereARunBegins) {
    const auto starts = [](std::size_t size) {
        std::vector<std::size_t> positions;
        for (std::size_t position = 0; position < 8; ++position) {
            if (three_runs().begins_run(position, size)) positions.push_back(position);
        }
        return positions;
    };
    EXPECT_THAT(starts(1), testing::ElementsAre(0, 3, 5));
    EXPECT_THAT(starts(2), testing::ElementsAre(0, 3, 5));
    EXPECT_THAT(starts(3), testing::ElementsAre(0));
    EXPECT_THAT(starts(4), testing::ElementsAre());
}

TEST(OriginBuffer, DropsAtEachPosition) {
    const std::string bytes = "abcdefg";
    const std::string times = "1112233";
    for (std::size_t count = 0; count <= bytes.size(); ++count) {
        auto buffer = three_runs();
        buffer.drop_front(count);
        EXPECT_EQ(buffer.view(), bytes.substr(count));
        if (buffer.empty()) continue;
        EXPECT_EQ(buffer.first_origin().time_ns, static_cast<std::uint64_t>(times[count] - '0'));
    }
}

TEST(OriginBuffer, SplitsAtEachPosition) {
    for (std::size_t position = 0; position <= 7; ++position) {
        auto head = three_runs();
        const auto tail = head.split_off(position);
        EXPECT_EQ(std::string(head.view()) + '|' + std::string(tail.view()),
                  std::string("abcdefg").insert(position, "|"));
    }
    auto head = three_runs();
    const auto tail = head.split_off(4);
    EXPECT_THAT(runs(head), testing::ElementsAre("abc1", "d2"));
    EXPECT_THAT(runs(tail), testing::ElementsAre("e2", "fg3"));
}

}  // namespace
}  // namespace httpprof::replay
