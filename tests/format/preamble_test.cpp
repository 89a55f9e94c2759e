#include "format/preamble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::format {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::span<const std::byte> bytes) {
    const auto checked = check_preamble(bytes, "x.httpprof");
    return checked ? "" : checked.error().message;
}

TEST(Preamble, IsWhatTheSpecSays) {
    const auto bytes = encode_preamble();
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
              std::string_view("\x89HPRF\r\n\x1A\1\0\1\0\0\0\0\0", 16));
    EXPECT_EQ(refusal(bytes), "");
}

TEST(Preamble, OfANewerMinorVersionIsTaken) {
    auto bytes = encode_preamble();
    bytes[10] = std::byte{7};
    EXPECT_EQ(refusal(bytes), "");
}

TEST(Preamble, OfAnotherMajorVersionIsRefused) {
    auto bytes = encode_preamble();
    bytes[8] = std::byte{2};
    EXPECT_THAT(refusal(bytes), HasSubstr("x.httpprof is a capture of format version 2"));
}

TEST(Preamble, WithAnIncompatibleFeatureIsRefused) {
    for (std::size_t byte = 12; byte < kPreambleSize; ++byte) {
        auto bytes = encode_preamble();
        bytes[byte] = std::byte{0x80};
        EXPECT_THAT(refusal(bytes), HasSubstr("uses features that this httpprof does not know"));
    }
}

TEST(Preamble, OfAnotherKindOfFileIsRefused) {
    for (std::size_t byte = 0; byte < 8; ++byte) {
        auto bytes = encode_preamble();
        bytes[byte] ^= std::byte{1};
        EXPECT_EQ(refusal(bytes), "x.httpprof is not a capture of httpprof");
    }
}

TEST(Preamble, ThatIsCutIsRefused) {
    const auto bytes = encode_preamble();
    EXPECT_EQ(refusal({}), "x.httpprof is empty, not a capture");
    EXPECT_EQ(refusal(std::span(bytes).first(15)),
              "x.httpprof ends after 15 bytes, before a capture has begun");
    EXPECT_EQ(refusal(std::span(bytes).first(3)),
              "x.httpprof ends after 3 bytes, before a capture has begun");
}

}  // namespace
}  // namespace httpprof::format
