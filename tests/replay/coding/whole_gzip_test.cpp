#include "replay/coding/whole_gzip.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/replay/coding/encoders.h"

namespace httpprof::test {
namespace {

using replay::decode_whole_gzip;

constexpr std::uint64_t kLimit = 1'000'000;

TEST(WholeGzip, GivesTheContentOfOneMember) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{700'000}}) {
        const auto content = some_text(size);
        for (const int level : {0, 1, 9}) {
            const auto decoded = decode_whole_gzip(gzip(content, level), kLimit);
            ASSERT_TRUE(decoded) << size << " bytes, level " << level;
            EXPECT_TRUE(*decoded == content);
        }
    }
}

TEST(WholeGzip, ContentMayBeAsLargeAsTheLimit) {
    const auto body = gzip(some_text(1000));
    EXPECT_TRUE(decode_whole_gzip(body, 1000));
    EXPECT_FALSE(decode_whole_gzip(body, 999));
}

TEST(WholeGzip, LeavesOtherBodiesToACloserLook) {
    const auto one = gzip("one");
    EXPECT_FALSE(decode_whole_gzip("", kLimit));
    EXPECT_FALSE(decode_whole_gzip("no gzip, but long enough for it", kLimit));
    EXPECT_FALSE(decode_whole_gzip(one + gzip("two"), kLimit));
    EXPECT_FALSE(decode_whole_gzip(one + '\0', kLimit));
    EXPECT_FALSE(decode_whole_gzip(gzip_with_all_fields("one"), kLimit));
    EXPECT_FALSE(decode_whole_gzip(raw_deflate("one"), kLimit));
}

TEST(WholeGzip, LeavesCutBodiesToACloserLook) {
    const auto body = gzip(some_text(300));
    for (std::size_t size = 0; size < body.size(); ++size)
        EXPECT_FALSE(decode_whole_gzip(body.substr(0, size), kLimit)) << size;
}

TEST(WholeGzip, LeavesWrongChecksumsAndLengthsToACloserLook) {
    const auto body = gzip(some_text(300));
    for (std::size_t behind = 1; behind <= 8; ++behind) {
        auto wrong = body;
        wrong[wrong.size() - behind] ^= 1;
        EXPECT_FALSE(decode_whole_gzip(wrong, kLimit)) << behind;
    }
}

TEST(WholeGzip, TakesNoLengthThatDeflateCannotReach) {
    auto body = gzip("one");
    body[body.size() - 2] = 15;  // 983,043 bytes, of a body of 23
    EXPECT_FALSE(decode_whole_gzip(body, kLimit));
}

}  // namespace
}  // namespace httpprof::test
