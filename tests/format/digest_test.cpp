#include "format/digest.h"

#include <string_view>

#include <gtest/gtest.h>

namespace httpprof::format {
namespace {

std::string digest_text(std::string_view bytes) {
    return to_hex(digest_of(std::as_bytes(std::span(bytes))));
}

// What `b2sum -l 256` prints.
TEST(Digest, IsBlake2bWith32Bytes) {
    EXPECT_EQ(digest_text(""), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    EXPECT_EQ(digest_text("abc"),
              "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

}  // namespace
}  // namespace httpprof::format
