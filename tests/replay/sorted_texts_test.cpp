#include "replay/sorted_texts.h"

#include <string>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

std::string joined(SortedTexts& texts) {
    std::string joined;
    const auto given = texts.give_to([&](std::string_view text) {
        joined += text;
        return Result<void>();
    });
    EXPECT_TRUE(given.ok());
    return joined;
}

TEST(SortedTexts, ComeByTimeThenAsTheyWere) {
    SortedTexts texts;
    for (const auto& [time_ns, text] :
         {std::pair(7, "c"), std::pair(-3, "a"), std::pair(7, "d"), std::pair(5, "b")})
        ASSERT_TRUE(texts.add(time_ns, text).ok());
    EXPECT_EQ(joined(texts), "abcd");
}

TEST(SortedTexts, ComeBackOutOfTheFile) {
    SortedTexts texts;
    std::string expected;
    for (int i = 0; i < 50; ++i) {
        const std::string text(100'000 + static_cast<std::size_t>(i),
                               static_cast<char>('0' + i % 10));
        expected.insert(0, text);
        ASSERT_TRUE(texts.add(-i, text).ok());
    }
    EXPECT_TRUE(joined(texts) == expected);
}

TEST(SortedTexts, StopAtAnError) {
    SortedTexts texts;
    ASSERT_TRUE(texts.add(1, "a").ok());
    const auto given = texts.give_to([](std::string_view) { return Result<void>(Error{"full"}); });
    ASSERT_FALSE(given.ok());
    EXPECT_EQ(given.error().message, "full");
}

}  // namespace
}  // namespace httpprof::replay
