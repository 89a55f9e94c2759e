#include "replay/emit/dump_hex.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/emit/dump_frames.h"
#include "tests/support/wire_records.h"

namespace httpprof::replay {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> dump(const std::string& record) {
    const std::vector<std::string> records = {record};
    return lines_of(dumped(dump_hex, records_frame(records)));
}

std::string only_line(format::FrameType type, format::FrameContent content) {
    const auto lines = lines_of(dumped(dump_hex, frame_of(type, std::move(content))));
    EXPECT_EQ(lines.size(), 1u);
    return lines.at(0);
}

TEST(DumpHexTest, DataRecordShowsItsPayload) {
    EXPECT_THAT(
        dump(test::data_record({.time_ns = 12'000'000'345,
                                .direction = WIRE_RECV,
                                .payload = "GET /caf\xC3\xA9 HTTP/1.1\r\n"})),
        ElementsAre("frame 3 at byte 500, record 0: data at 12.000000345: process 100 (client) "
                    "thread 100 socket 7000 127.0.0.1:50000 <- 127.0.0.2:80 position 1: 21 bytes",
                    "    00000000  47 45 54 20 2f 63 61 66  c3 a9 20 48 54 54 50 2f  "
                    "GET /caf.. HTTP/",
                    "    00000010  31 2e 31 0d 0a                                    1.1.."));
}

TEST(DumpHexTest, DataRecordSaysWhatIsMissing) {
    const auto lines = dump(
        test::data_record({.payload = "", .original_size = 9, .missing = WIRE_MISSING_SENDFILE}));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], HasSubstr(": 9 bytes, 0 captured (sendfile)"));
}

TEST(DumpHexTest, ProcessRecordShowsAllOfItsPayload) {
    const auto lines = dump(test::process_record({.arguments = "a\0"s, .environment = "B=c\0"s}));
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_THAT(lines[0], HasSubstr("2 bytes of arguments, 4 bytes of environment, "
                                    "27 bytes of cgroup names"));
    EXPECT_THAT(lines[1], HasSubstr("  a.B=c.shop.servi"));
}

TEST(DumpHexTest, RecordsWithoutPayloadAreOneLine) {
    test::WireSocket socket;
    socket.local_address = {};
    EXPECT_THAT(dump(test::close_record({.socket = socket})),
                ElementsAre("frame 3 at byte 500, record 0: close at 0.000001000: socket 7000 "
                            "[::]:50000 -- 127.0.0.2:80"));
    EXPECT_THAT(dump(test::fin_record()),
                ElementsAre("frame 3 at byte 500, record 0: fin at 0.000001000: socket 7000 "
                            "127.0.0.1:50000 -> 127.0.0.2:80 position 1"));
    EXPECT_THAT(dump(test::io_uring_record()),
                ElementsAre("frame 3 at byte 500, record 0: io_uring at 0.000001000: "
                            "process 100 (client) thread 100"));
}

TEST(DumpHexTest, MalformedRecordIsShownWhole) {
    EXPECT_THAT(dump("short"),
                ElementsAre("frame 3 at byte 500, record 0: malformed at 0.000000000: "
                            "the record is too short for a header",
                            "    00000000  73 68 6f 72 74                                    "
                            "short"));
}

TEST(DumpHexTest, ControlCharactersAreEscaped) {
    EXPECT_THAT(dump(test::data_record({.task = {.comm = "a\x1B[0m\n"}})).at(0),
                HasSubstr(R"((a\x1b[0m\x0a))"));
    format::Header header;
    header.host = "\x1B]0;\x07";
    EXPECT_THAT(only_line(format::FrameType::header, header), HasSubstr(R"(host \x1b]0;\x07)"));
}

TEST(DumpHexTest, OtherFramesAreOneLine) {
    EXPECT_EQ(only_line(format::FrameType::clock, format::Clock{5, 0}),
              "frame 4 at byte 900: clock: at 0.000000005 it is 1970-01-01T00:00:00.000000000Z");
    format::Stats stats;
    stats.produced = 5;
    stats.recorded = 2;
    stats.lost = {{"ring-full", 1, 0}, {"other", 2, 0}};
    EXPECT_EQ(only_line(format::FrameType::stats, stats),
              "frame 4 at byte 900: stats: at 0.000000000 produced 5, recorded 2, lost 3");
    EXPECT_THAT(
        only_line(format::FrameType::end, format::End{.reason = "duration", .stats = stats}),
        HasSubstr("end: duration, at "));
    format::Snapshot snapshot;
    snapshot.pid = 7;
    snapshot.error = "gone";
    EXPECT_THAT(
        only_line(format::FrameType::snapshot, snapshot),
        HasSubstr("process 7 program 0: 0 bytes of arguments, 0 bytes of environment; gone"));
    EXPECT_THAT(only_line(format::FrameType::header_copy, format::HeaderCopy{}),
                HasSubstr("header copy: host "));
    EXPECT_THAT(only_line(format::FrameType::signature, format::Signature{}),
                HasSubstr(": signature"));
}

TEST(DumpHexTest, WhatCannotBeShownIsOneLine) {
    EXPECT_EQ(only_line(format::FrameType::clock, format::Damage{0, 1, "is gone"}),
              "frame 4 at byte 900: damage: is gone (1 byte)");
    EXPECT_EQ(only_line(static_cast<format::FrameType>(99), format::UnknownFrame{99}),
              "frame 4 at byte 900: unknown: type 99, 0 bytes");
    EXPECT_EQ(only_line(format::FrameType::records, format::EncryptedFrame{}),
              "frame 4 at byte 900: encrypted: type 2, 0 bytes");
}

}  // namespace
}  // namespace httpprof::replay
