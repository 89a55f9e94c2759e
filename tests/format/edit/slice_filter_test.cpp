#include "format/edit/slice_filter.h"

#include <gtest/gtest.h>

#include "format/edit/connection_numbers.h"
#include "format/edit/time_range.h"
#include "tests/support/fake_capture.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using format::ConnectionEnds;
using format::ConnectionNumber;
using format::parse_connection_name;
using format::parse_time_bound;
using format::SinceFirstRecord;
using format::TimeRange;
using format::WallTime;

TEST(SliceTimeTest, TakesRfc3339InUtc) {
    const auto realtime = [](const std::string& text) {
        const auto bound = parse_time_bound(text);
        return bound ? std::get<WallTime>(*bound).realtime_ns : -1;
    };
    EXPECT_EQ(realtime("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(realtime("2023-11-14T22:13:20Z"), 1'700'000'000'000'000'000);
    EXPECT_EQ(realtime("2023-11-14T22:13:20.5Z"), 1'700'000'000'500'000'000);
    EXPECT_EQ(realtime("2023-11-14t22:13:20.123456789z"), 1'700'000'000'123'456'789);
    EXPECT_EQ(realtime("2024-02-29T00:00:00Z"), 1'709'164'800'000'000'000);
}

TEST(SliceTimeTest, TakesSecondsFromTheFirstRecord) {
    const auto seconds = [](const std::string& text) {
        const auto bound = parse_time_bound(text);
        return bound ? std::get<SinceFirstRecord>(*bound).ns : 1;
    };
    EXPECT_EQ(seconds("+0"), 0u);
    EXPECT_EQ(seconds("+10"), 10 * kSecond);
    EXPECT_EQ(seconds("+2.5"), 2 * kSecond + kSecond / 2);
}

TEST(SliceTimeTest, RefusesWhatIsNoTime) {
    for (const char* text : {"",
                             "+",
                             "10",
                             "+1.",
                             "+.5",
                             "+-1",
                             "+1e3",
                             "now",
                             "2023-11-14",
                             "2023-11-14T22:13:20",
                             "2023-11-14T22:13:20+01:00",
                             "2023-11-14T24:00:00Z",
                             "2023-13-14T22:13:20Z",
                             "2023-02-29T00:00:00Z",
                             "2023-11-14 22:13:20Z",
                             "2023-11-14T22:13:20.Z",
                             "+ 1",
                             "9999-01-01T00:00:00Z",
                             "2023-11-14T22:13:60Z",
                             "-023-11-14T22:13:20Z"})
        EXPECT_FALSE(parse_time_bound(text).ok()) << text;
}

TEST(ConnectionNameTest, TakesNumbersAndAddresses) {
    EXPECT_EQ(std::get<ConnectionNumber>(*parse_connection_name("17")).number, 17u);
    const auto ipv4 = std::get<ConnectionEnds>(*parse_connection_name("10.0.0.1:80-10.0.0.2:5000"));
    EXPECT_EQ(format::address_text(ipv4.local), "10.0.0.1");
    EXPECT_EQ(ipv4.local.port, 80);
    EXPECT_EQ(format::address_text(ipv4.remote), "10.0.0.2");
    EXPECT_EQ(ipv4.remote.port, 5000);
    const auto ipv6 = std::get<ConnectionEnds>(*parse_connection_name("[::1]:80-[fe80::2]:1"));
    EXPECT_EQ(format::address_text(ipv6.local), "::1");
    EXPECT_EQ(format::address_text(ipv6.remote), "fe80::2");
}

TEST(ConnectionNameTest, RefusesWhatIsNoConnection) {
    for (const char* text : {"", "0", "-1", "1.5", "10.0.0.1:80", "10.0.0.1-10.0.0.2",
                             "::1:80-::1:81", "abcd:80-abcd:81", "10.0.0.1:80-10.0.0.2:70000"})
        EXPECT_FALSE(parse_connection_name(text).ok()) << text;
}

TEST(TimeRangeTest, BeginsWithFromAndEndsBeforeTo) {
    TimeRange range(SinceFirstRecord{10}, SinceFirstRecord{20});
    EXPECT_EQ(range.place(5000), TimeRange::Place::before);
    range.note_first_record(1000);
    range.note_first_record(7);
    EXPECT_EQ(range.place(7), TimeRange::Place::before);
    EXPECT_EQ(range.place(1009), TimeRange::Place::before);
    EXPECT_EQ(range.place(1010), TimeRange::Place::within);
    EXPECT_EQ(range.place(1019), TimeRange::Place::within);
    EXPECT_EQ(range.place(1020), TimeRange::Place::behind);
}

TEST(TimeRangeTest, WallTimeIsThatOfTheClocks) {
    TimeRange range(WallTime{1000}, WallTime{2000});
    EXPECT_TRUE(range.needs_clock());
    range.add({.boottime_ns = 100, .realtime_ns = 900});
    EXPECT_FALSE(range.needs_clock());
    EXPECT_EQ(range.place(50), TimeRange::Place::before);
    EXPECT_EQ(range.place(199), TimeRange::Place::before);
    EXPECT_EQ(range.place(200), TimeRange::Place::within);
    // Set forward by a lot.
    range.add({.boottime_ns = 300, .realtime_ns = 1999});
    EXPECT_EQ(range.place(299), TimeRange::Place::within);
    EXPECT_EQ(range.place(300), TimeRange::Place::within);
    EXPECT_EQ(range.place(301), TimeRange::Place::behind);
}

TEST(ConnectionNumbersTest, ASocketThatIsClosedIsAnotherConnectionAfterwards) {
    format::ConnectionNumbers numbers(3);
    const auto data = [](std::uint64_t inode) { return data_record({.socket = {.inode = inode}}); };
    const std::string first = data(1);
    const std::string second = data(2);
    const auto typed = [](const std::string& bytes) {
        return std::get<format::DataRecord>(*format::decode_record(bytes));
    };
    const auto number = [&](const std::string& bytes) { return numbers.of(typed(bytes).socket); };
    EXPECT_EQ(number(first), std::nullopt);
    ASSERT_TRUE(numbers.note(typed(first)).ok());
    ASSERT_TRUE(numbers.note(typed(second)).ok());
    ASSERT_TRUE(numbers.note(typed(first)).ok());
    EXPECT_EQ(number(first), 1u);
    EXPECT_EQ(number(second), 2u);
    const std::string close = close_record({.socket = {.inode = 1}});
    numbers.note(std::get<format::CloseRecord>(*format::decode_record(close)));
    EXPECT_EQ(number(first), std::nullopt);
    ASSERT_TRUE(numbers.note(typed(first)).ok());
    EXPECT_EQ(number(first), 3u);
}

}  // namespace
}  // namespace httpprof::test
