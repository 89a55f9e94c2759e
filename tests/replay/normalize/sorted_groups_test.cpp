#include "replay/normalize/sorted_groups.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> texts_of(SortedGroups& groups, std::size_t group) {
    std::vector<std::string> texts;
    const auto read = groups.read(group, [&](std::string_view text) -> Result<void> {
        texts.emplace_back(text);
        return {};
    });
    EXPECT_TRUE(read.ok());
    return texts;
}

TEST(SortedGroupsTest, SortsEachGroup) {
    SortedGroups groups;
    ASSERT_TRUE(groups.add(1, {2, 0}, "c").ok());
    ASSERT_TRUE(groups.add(0, {9, 9}, "x").ok());
    ASSERT_TRUE(groups.add(1, {1, 5}, "b").ok());
    ASSERT_TRUE(groups.add(1, {1, 4}, "").ok());
    EXPECT_THAT(texts_of(groups, 1), ElementsAre("", "b", "c"));
    EXPECT_THAT(texts_of(groups, 0), ElementsAre("x"));
}

// The limit makes many runs of several blocks each.
TEST(SortedGroupsTest, MergesWhatDidNotFitIntoMemory) {
    SortedGroups groups(200'000);
    std::map<std::size_t, std::multimap<SortedGroups::Key, std::string>> expected;
    std::uint32_t state = 1;
    for (int i = 0; i < 20'000; ++i) {
        state = state * 1'664'525 + 1'013'904'223;
        const std::size_t group = state >> 30;
        const SortedGroups::Key key{state >> 20 & 0xFF, state >> 18 & 3};
        const std::string text = std::to_string(i) + std::string(i % 500 == 0 ? 100'000 : 20, 'x');
        ASSERT_TRUE(groups.add(group, key, text).ok());
        expected[group].emplace(key, text);
    }
    for (const auto& [group, texts] : expected) {
        std::vector<std::string> sorted;
        for (const auto& [key, text] : texts)
            sorted.push_back(text);
        EXPECT_EQ(texts_of(groups, group), sorted);
    }
}

TEST(SortedGroupsTest, AnErrorOfTheReaderEndsIt) {
    SortedGroups groups;
    ASSERT_TRUE(groups.add(0, {}, "a").ok());
    ASSERT_TRUE(groups.add(0, {}, "b").ok());
    int calls = 0;
    const auto read = groups.read(0, [&](std::string_view) -> Result<void> {
        ++calls;
        return Error{"full"};
    });
    EXPECT_FALSE(read.ok());
    EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace httpprof::replay
