#include "format/crc32c.h"

#include <array>
#include <string_view>

#include <gtest/gtest.h>

namespace httpprof::format {
namespace {

// RFC 3720, B.4.
TEST(Crc32c, GivesTheValuesOfTheRfc) {
    std::array<std::byte, 32> bytes{};
    EXPECT_EQ(crc32c(bytes), 0x8A9136AAU);
    bytes.fill(std::byte{0xFF});
    EXPECT_EQ(crc32c(bytes), 0x62A8AB43U);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(i);
    EXPECT_EQ(crc32c(bytes), 0x46DD794EU);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(31 - i);
    EXPECT_EQ(crc32c(bytes), 0x113FDB5CU);
}

TEST(Crc32c, GivesTheCheckValueOfTheAlgorithm) {
    EXPECT_EQ(crc32c(std::as_bytes(std::span(std::string_view("123456789")))), 0xE3069283U);
}

TEST(Crc32c, OfNothingIsZero) {
    EXPECT_EQ(crc32c({}), 0U);
}

}  // namespace
}  // namespace httpprof::format
