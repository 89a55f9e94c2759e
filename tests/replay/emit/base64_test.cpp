#include "replay/emit/base64.h"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

using namespace std::string_literals;

namespace httpprof::replay {
namespace {

std::string encoded(std::string_view bytes) {
    std::string text;
    append_base64(text, bytes);
    return text;
}

// RFC 4648, section 10, and bytes that use the last letters of the alphabet.
TEST(Base64Test, Vectors) {
    EXPECT_EQ(encoded(""), "");
    EXPECT_EQ(encoded("f"), "Zg==");
    EXPECT_EQ(encoded("fo"), "Zm8=");
    EXPECT_EQ(encoded("foo"), "Zm9v");
    EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encoded("\xFB\xFF\x00"s), "+/8A");
}

TEST(Base64Test, OfManyBytesIsThatOfItsPieces) {
    std::string bytes;
    for (unsigned i = 0; i < 600; ++i) {
        std::string pieces;
        for (std::size_t at = 0; at < bytes.size(); at += 3)
            append_base64(pieces, bytes.substr(at, 3));
        EXPECT_EQ(encoded(bytes), pieces);
        bytes += static_cast<char>(i * 89);
    }
}

}  // namespace
}  // namespace httpprof::replay
