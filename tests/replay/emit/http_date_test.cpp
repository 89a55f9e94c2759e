#include "replay/emit/http_date.h"

#include <gtest/gtest.h>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

TEST(HttpDate, IsReadWithSpacesOrHyphens) {
    for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT"})
        EXPECT_EQ(rfc3339(parse_http_date(text).value()), "1994-11-06T08:49:37.000000000Z");
}

TEST(HttpDate, IsNothingElse) {
    for (const std::string_view text :
         {"", "0", "Sun, ", "Sun, 31 Feb 2020 00:00:00 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT",
          "Sun, -6 Nov 1994 08:4"})
        EXPECT_FALSE(parse_http_date(text)) << text;
}

}  // namespace
}  // namespace httpprof::replay
