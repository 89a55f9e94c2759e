// Ports and times where they stand in text.
#include <string>

#include <gtest/gtest.h>

#include "replay/normalize/clock_text.h"
#include "replay/normalize/port_text.h"

namespace httpprof::replay {
namespace {

// With 7 in place of port 40000.
std::string replaced(std::string text, PortContext context) {
    replace_ports(text, context, [](std::string_view, std::uint16_t port) {
        return static_cast<std::uint16_t>(port == 40000 ? 7 : 0);
    });
    return text;
}

TEST(PortTextTest, FindsPortsBehindAHost) {
    for (const char* before : {"localhost:", "10.0.0.1:", "[::1]:", "http://a-:", "é.example.:",
                               "a%3A", "http%3a%2f%2f10.0.0.1%3a", "%5B%3A%3A1%5D%253A"}) {
        const std::string text = before;
        EXPECT_EQ(replaced(text + "40000", PortContext::authority), text + "00007");
        EXPECT_EQ(replaced(text + "40000/x", PortContext::authority), text + "00007/x");
    }
    for (const char* text : {"40000", ":40000", " :40000", "a: 40000", "a:400001", "a:140000",
                             "a:40000x", "a:40001", "\"a\":40000", "a:4000", "a:", "%3A40000",
                             " %3A40000", "a3A40000", "a%3D40000", "a%53A40000", "-p40000"}) {
        EXPECT_EQ(replaced(text, PortContext::authority), text);
    }
}

TEST(PortTextTest, SaysWhatIsInFrontOfAPort) {
    for (std::string colon : {":", "%3A", "%253a"}) {
        std::string text = "for=10.0.0.1" + colon + "40000, x";
        replace_ports(text, PortContext::authority, [](std::string_view before, std::uint16_t) {
            EXPECT_EQ(before, "for=10.0.0.1");
            return std::uint16_t{7};
        });
        EXPECT_EQ(text, "for=10.0.0.1" + colon + "00007, x");
    }
}

TEST(PortTextTest, FindsPortsThatAreWords) {
    EXPECT_EQ(replaced("40000", PortContext::word), "00007");
    EXPECT_EQ(replaced(std::string("-p\0"
                                   "40000\0a:40000",
                                   16),
                       PortContext::word),
              std::string("-p\0"
                          "00007\0a:00007",
                          16));
    for (const char* before : {"a%3A", "?port%3d", "%2525253A", "-p", "a -lp", "OPTS='-p"})
        EXPECT_EQ(replaced(before + std::string("40000"), PortContext::word),
                  before + std::string("00007"));
    for (const char* text : {"x40000", "40000x", "0.40000", "400000", "30000", "66000", "a3A40000",
                             "--p40000", "a-p40000", "-40p40000", "1.-p40000"})
        EXPECT_EQ(replaced(text, PortContext::word), text);
}

// 2026-11-22T23:00:00Z
constexpr std::int64_t kNow = 1'795'388'400;

std::string reset(std::string text) {
    reset_clock_readings(text, {kNow, kNow});
    return text;
}

TEST(ClockTextTest, ResetsReadingsOfTheClock) {
    EXPECT_EQ(reset("{\"t\":\"2026-11-22T23:00:00Z\"}"), "{\"t\":\"1970-01-01T00:00:00Z\"}");
    EXPECT_EQ(reset("2026-11-22T22:59:30.123456Z"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(reset("2026-11-22 23:00:30 x"), "1970-01-01 00:00:00 x");
    EXPECT_EQ(reset("2026-11-23T00:30:00.5+01:30"), "1970-01-01T00:00:00+01:30");
    EXPECT_EQ(reset("2026-11-22T15:00:00-0800"), "1970-01-01T00:00:00-0800");
    EXPECT_EQ(reset("Expires: Sun, 22 Nov 2026 23:00:59 GMT\r\n"),
              "Expires: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
    EXPECT_EQ(reset("2026-11-22T23:00:00Z 2026-11-22T23:00:01Z"),
              "1970-01-01T00:00:00Z 1970-01-01T00:00:00Z");
}

TEST(ClockTextTest, KnowsEveryFormOfAnHttpDate) {
    EXPECT_EQ(reset("x=Sunday, 22-Nov-26 23:00:59 GMT;"), "x=Thursday, 01-Jan-70 00:00:00 GMT;");
    EXPECT_EQ(reset("Sun Nov 22 23:00:59 2026\n"), "Thu Jan  1 00:00:00 1970\n");
    EXPECT_EQ(reset("Expires=Sun, 22-Nov-2026 23:00:59 GMT"),
              "Expires=Thu, 01-Jan-1970 00:00:00 GMT");
    EXPECT_EQ(reset("Sun Nov 22 23:00:59 2026-11-22T23:00:00Z"),
              "Thu Jan  1 00:00:00 1970-11-22T23:00:00Z");
}

TEST(ClockTextTest, KnowsWhatBecomesOfTimesInUrls) {
    EXPECT_EQ(reset("2026-11-22t23:00:00.25z"), "1970-01-01t00:00:00z");
    EXPECT_EQ(reset("?t=2026-11-22T23%3A00%3A00.25Z&"), "?t=1970-01-01T00%3A00%3A00Z&");
    EXPECT_EQ(reset("2026-11-23T01%3a00%3a00%2B02%3a00"), "1970-01-01T00%3a00%3a00%2B02%3a00");
    EXPECT_EQ(reset("2026-11-22%2023:00:00"), "1970-01-01%2000:00:00");
    EXPECT_EQ(reset("2026-11-22+23%3A00%3A00"), "1970-01-01+00%3A00%3A00");
}

TEST(ClockTextTest, AStreamReachesToItsEnd) {
    std::string text =
        "2026-11-22T22:58:59Z 2026-11-22T22:59:00Z 2026-11-22T23:30:00Z "
        "2026-11-23T00:01:00Z 2026-11-23T00:01:01Z";
    reset_clock_readings(text, {kNow, kNow + 3600});
    EXPECT_EQ(text,
              "2026-11-22T22:58:59Z 1970-01-01T00:00:00Z 1970-01-01T00:00:00Z "
              "1970-01-01T00:00:00Z 2026-11-23T00:01:01Z");
}

TEST(ClockTextTest, LeavesOtherTimes) {
    for (const char* text : {"2026-11-22T22:58:00Z",
                             "2026-11-22T23:02:00Z",
                             "2026-11-22T23:00:00+01:00",
                             "2025-11-22T23:00:00Z",
                             "Sun, 22 Nov 2026 22:00:00 GMT",
                             "Sun, 22 Xxx 2026 23:00:00 GMT",
                             "2026-11-22_23:00:00",
                             "23:00:00",
                             "a:12:",
                             "::::::",
                             ":",
                             "2026-99-99T99:99:99Z",
                             "9999-12-31T23:59:59Z",
                             "Sunday, 22-Nov-26 22:00:00 GMT",
                             "Sun Nov 22 21:00:59 2026",
                             "2026-11-22T23%3A00:00Z",
                             "2026-11-22T23%3A00%3A",
                             "%3A%3A",
                             "2026-11-22T23:00:",
                             "0000-00-00T00:00:00Z",
                             ""}) {
        EXPECT_EQ(reset(text), text);
    }
}

}  // namespace
}  // namespace httpprof::replay
