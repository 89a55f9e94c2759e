#include "format/change.h"

#include <gtest/gtest.h>

namespace httpprof::format {
namespace {

TEST(ChangeTest, WhatCouldNotBeTakenIsLost) {
    for (const char* cause : {"unreadable", "unknown-frames", "unclosed", "malformed"})
        EXPECT_TRUE(is_loss(cause)) << cause;
}

TEST(ChangeTest, WhatWasAskedForIsNot) {
    for (const char* cause : {"not-selected", "repeated", "redacted-header", "redacted-uncertain"})
        EXPECT_FALSE(is_loss(cause)) << cause;
}

TEST(ChangeTest, WhatIsNotKnownMayBeLost) {
    EXPECT_TRUE(is_loss("other"));
    EXPECT_TRUE(is_loss("redacted"));
    EXPECT_TRUE(is_loss(""));
}

}  // namespace
}  // namespace httpprof::format
