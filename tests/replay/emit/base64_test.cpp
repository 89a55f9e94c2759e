#include "replay/emit/base64.h"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

using namespace std::string_literals;

namespace httpprof::replay {
namespace {

// RFC 4648, section 10, and bytes that use the last letters of the alphabet.
TEST(Base64Test, Vectors) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64("\xFB\xFF\x00"s), "+/8A");
}

TEST(Base64Test, OfManyBytesIsThatOfItsPieces) {
    std::string bytes;
    for (unsigned i = 0; i < 600; ++i) {
        std::string pieces;
        for (std::size_t at = 0; at < bytes.size(); at += 3)
            pieces += base64(bytes.substr(at, 3));
        EXPECT_EQ(base64(bytes), pieces);
        bytes += static_cast<char>(i * 89);
    }
}

}  // namespace
}  // namespace httpprof::replay
