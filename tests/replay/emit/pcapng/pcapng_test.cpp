#include "replay/emit/pcapng/pcapng.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/analyzer.h"
#include "tests/replay/emit/pcapng/packets.h"
#include "tests/support/child_process.h"
#include "tests/support/fake_capture.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::replay {
namespace {

using format::Direction;
using format::MissingCause;
using test::CapturedPacket;
using test::FakeCapture;
using test::FakeConnection;
using test::kMs;
using test::PacketFile;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::SizeIs;

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// With 93 bytes of a body still to come.
const std::string kLongAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n1234567";
constexpr std::size_t kLongHead = 40;

const std::string kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string without_last(std::string bytes) {
    bytes.pop_back();
    return bytes;
}

PacketFile exported(const std::vector<FakeCapture>& captures,
                    PcapngSides sides = PcapngSides::one) {
    const test::TemporaryDirectory directory;
    const std::string path = directory.path() / "out.pcapng";
    auto output = Output::open(path);
    EXPECT_TRUE(output.ok());
    PcapngEmitter emitter(*output, sides);
    Analyzer analyzer({&emitter});
    for (const FakeCapture& capture : captures) {
        test::FakeSource source(capture);
        EXPECT_TRUE(analyzer.read(source).ok());
    }
    EXPECT_TRUE(analyzer.finish().ok());
    return test::read_pcapng(test::read_file(path));
}

// "50000>80 1000/4000000000 PA payload", and " +5" for 5 bytes that the packet lacks behind it
std::vector<std::string> described(const PacketFile& file) {
    const auto port = [](const std::string& end) { return end.substr(end.rfind(':') + 1); };
    std::vector<std::string> texts;
    for (const CapturedPacket& packet : file.packets) {
        texts.push_back(port(packet.source) + ">" + port(packet.destination) + " " +
                        std::to_string(packet.sequence) + "/" +
                        std::to_string(packet.acknowledgment) + " " + packet.flags +
                        (packet.payload.empty() ? "" : " " + packet.payload) +
                        (packet.missing == 0 ? "" : " +" + std::to_string(packet.missing)));
    }
    return texts;
}

// The same connection as its other end sees it.
FakeConnection other_end(const FakeConnection& end) {
    FakeConnection other(2);
    other.socket.local = end.socket.remote;
    other.socket.remote = end.socket.local;
    other.task = {200, 200, 60, "server"};
    other.next_sent = end.next_received;
    other.next_received = end.next_sent;
    return other;
}

TEST(PcapngTest, PacketsHaveAddressesSequenceNumbersAndTimes) {
    FakeConnection end;
    FakeCapture capture;
    capture.clock(0, 1'700'000'000'000'000'000)
        .add(end.sent(5, kGet))
        .add(end.received(7, kAnswer));
    const PacketFile file = exported({capture});
    ASSERT_THAT(file.packets, SizeIs(2));
    EXPECT_EQ(file.packets[0].source, "10.0.0.1:50000");
    EXPECT_EQ(file.packets[0].destination, "10.0.0.2:80");
    EXPECT_EQ(file.packets[0].time_ns, 1'700'000'000'000'000'005u);
    EXPECT_EQ(file.packets[1].time_ns, 1'700'000'000'000'000'007u);
    EXPECT_THAT(described(file), ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                                             "80>50000 4000000000/1027 PA " + kAnswer));
}

TEST(PcapngTest, SequenceNumbersAreTheLow32Bits) {
    FakeConnection end;
    end.next_sent = 0x7'FFFF'FFFFu;
    end.next_received = 0x2'0000'0001u;
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, kAnswer));
    EXPECT_THAT(described(exported({capture})),
                ElementsAre("50000>80 4294967295/1 PA " + kGet, "80>50000 1/26 PA " + kAnswer));
}

TEST(PcapngTest, Ipv6) {
    FakeConnection end;
    end.socket.local.address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    end.socket.remote.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    FakeCapture capture;
    capture.add(end.sent(1, kGet));
    const PacketFile file = exported({capture});
    ASSERT_THAT(file.packets, SizeIs(1));
    EXPECT_EQ(file.packets[0].source, "[2001:db8::1]:50000");
    EXPECT_EQ(file.packets[0].destination, "[::1]:80");
    EXPECT_EQ(file.packets[0].payload, kGet);
}

TEST(PcapngTest, LongRecordIsSeveralPackets) {
    FakeConnection end;
    const std::string body(65'536, 'b');
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, body));
    const PacketFile file = exported({capture});
    ASSERT_THAT(file.packets, SizeIs(3));
    EXPECT_EQ(file.packets[1].payload + file.packets[2].payload, body);
    EXPECT_EQ(file.packets[1].payload.size(), 65'495u);
    EXPECT_EQ(file.packets[2].sequence, 4'000'000'000u + 65'495);
    EXPECT_EQ(file.packets[1].flags, "A");
    EXPECT_EQ(file.packets[2].flags, "PA");
}

// A call of many buffers has several records, and a reader that guesses wants the start line in one
// packet.
TEST(PcapngTest, CallOfSeveralRecordsIsAPacket) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, "GET /"))
        .add(end.sent(1, " HTTP/1.1\r\nHost: h\r\n"))
        .add(end.sent(1, "\r\n"))
        .add(end.received(1, kAnswer.substr(0, 9)))
        .add(end.received(2, kAnswer.substr(9)));
    EXPECT_THAT(described(exported({capture})),
                ElementsAre("50000>80 1000/4000000000 PA GET / HTTP/1.1\r\nHost: h\r\n\r\n",
                            "80>50000 4000000000/1027 PA " + kAnswer.substr(0, 9),
                            "80>50000 4000000009/1027 PA " + kAnswer.substr(9)));
}

TEST(PcapngTest, RecordsOfACallAreJoinedAsFarAsThereIsRoomInAPacket) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet));
    for (int i = 0; i < 3; ++i)
        capture.add(end.received(2, std::string(30'000, 'b')));
    const PacketFile file = exported({capture});
    ASSERT_THAT(file.packets, SizeIs(3));
    EXPECT_EQ(file.packets[1].payload.size(), 60'000u);
    EXPECT_EQ(file.packets[2].payload.size(), 30'000u);
}

TEST(PcapngTest, RecordThatLacksBytesIsTheLastOfItsPacket) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet))
        .add(end.received(2, kLongAnswer.substr(0, kLongHead)))
        .add(end.data(Direction::recv, 2, "123", 50, MissingCause::snaplen))
        .add(end.received(2, std::string(50, 'b')));
    EXPECT_THAT(
        described(exported({capture})),
        ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                    "80>50000 4000000000/1027 PA " + kLongAnswer.substr(0, kLongHead) + "123 +47",
                    "80>50000 4000000090/1027 PA " + std::string(50, 'b')));
}

TEST(PcapngTest, SequenceNumbersJumpOverWhatIsMissing) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, "then\n"));
    end.lose(Direction::recv, 50);
    capture.add(end.received(3, "last\n"));
    EXPECT_THAT(described(exported({capture})), ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                                                            "80>50000 4000000000/1027 PA then\n",
                                                            "80>50000 4000000055/1027 PA last\n"));
}

// A reader shows it without waiting for more.
TEST(PcapngTest, PacketOfAMessageReachesIntoTheMissingBytesOfItsCall) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet))
        .add(end.data(Direction::recv, 2, kLongAnswer, kLongHead + 100, MissingCause::snaplen))
        .add(end.received(3, kAnswer));
    const PacketFile file = exported({capture});
    EXPECT_THAT(described(file), ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                                             "80>50000 4000000000/1027 PA " + kLongAnswer + " +93",
                                             "80>50000 4000000140/1027 PA " + kAnswer));
}

TEST(PcapngTest, WhatIsMissingBeyondOnePacketIsJumpedOver) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet))
        .add(end.data(Direction::recv, 2, "start\n", 100'000, MissingCause::snaplen))
        .add(end.received(3, kAnswer));
    EXPECT_THAT(
        described(exported({capture})),
        ElementsAre("50000>80 1000/4000000000 PA " + kGet, "80>50000 4000000000/1027 PA start\n",
                    "80>50000 4000000006/1027 PA +65495",
                    "80>50000 4000100000/1027 PA " + kAnswer));
}

// The head by write(2), the body by sendfile(2).
TEST(PcapngTest, PacketOfAMessageReachesIntoTheNextCallByOneByte) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.received(1, kGet))
        .add(end.sent(2, kLongAnswer.substr(0, kLongHead)))
        .add(end.data(Direction::send, 3, "", 100, MissingCause::sendfile));
    const PacketFile file = exported({capture});
    EXPECT_THAT(described(file), ElementsAre("80>50000 4000000000/1000 PA " + kGet,
                                             "50000>80 1000/4000000027 PA " +
                                                 kLongAnswer.substr(0, kLongHead) + " +1",
                                             "50000>80 1041/4000000027 PA +99"));
    EXPECT_EQ(file.packets[1].time_ns, 2u);
    EXPECT_EQ(file.packets[2].time_ns, 3u);
}

TEST(PcapngTest, PacketOfAMessageReachesIntoWhatWasLostByOneByte) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, kLongAnswer));
    end.lose(Direction::recv, 93);
    capture.add(end.received(3, kAnswer));
    EXPECT_THAT(described(exported({capture})),
                ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                            "80>50000 4000000000/1027 PA " + kLongAnswer + " +1",
                            "80>50000 4000000140/1027 PA " + kAnswer));
}

// Its packets were those of other bytes before.
TEST(PcapngTest, FirstPacketOfABrokenMessageLacksItsLastByteWhereOthersFollow) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, kLongAnswer)).add(end.received(3, "more"));
    end.lose(Direction::recv, 89);
    capture.add(end.received(4, kAnswer));
    EXPECT_THAT(
        described(exported({capture})),
        ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                    "80>50000 4000000000/1027 PA " + without_last(kLongAnswer) + " +1",
                    "80>50000 4000000047/1027 PA more", "80>50000 4000000140/1027 PA " + kAnswer));
}

TEST(PcapngTest, MessageThatEndsEarlyLacksTheLastByteOfItsFirstPacket) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, kLongAnswer)).add(end.close(3));
    EXPECT_THAT(described(exported({capture})),
                ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                            "80>50000 4000000000/1027 PA " + without_last(kLongAnswer) + " +1"));
}

// A reader that applies the larger length would wait for the rest.
TEST(PcapngTest, MessageOfDifferentLengthsLacksTheLastByteOfItsFirstPacket) {
    const std::string head = "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n";
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, head + "hello"));
    EXPECT_THAT(described(exported({capture})),
                ElementsAre("50000>80 1000/4000000000 A " + without_last(head) + " +1",
                            "50000>80 1057/4000000000 PA hello"));
}

TEST(PcapngTest, MessagesBeginPackets) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet + kGet)).add(end.received(2, "rest" + kAnswer + kAnswer));
    EXPECT_THAT(
        described(exported({capture})),
        ElementsAre("50000>80 1000/4000000000 A " + kGet, "50000>80 1027/4000000000 PA " + kGet,
                    "80>50000 4000000000/1054 A res +1", "80>50000 4000000004/1054 A " + kAnswer,
                    "80>50000 4000000044/1054 PA " + kAnswer));
}

// A reader would take the answer for what completes the line.
TEST(PcapngTest, BytesWithoutALineEndLackTheirLastBeforeAMessage) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.received(1, "\x80rest"))
        .add(end.received(2, kAnswer))
        .add(end.received(3, "junk"))
        .add(end.received(4, kAnswer))
        .add(end.received(5, "junk\njunk"))
        .add(end.received(6, kAnswer));
    EXPECT_THAT(
        described(exported({capture})),
        ElementsAre(
            "80>50000 4000000000/1000 PA \x80rest", "80>50000 4000000005/1000 PA " + kAnswer,
            "80>50000 4000000045/1000 PA jun +1", "80>50000 4000000049/1000 PA " + kAnswer,
            "80>50000 4000000089/1000 PA junk\njunk", "80>50000 4000000098/1000 PA " + kAnswer));
}

// After bytes that were no message, only the line behind it tells what a start line is.
TEST(PcapngTest, StartLineThatWasOneCallIsTheFirstPacketOfItsMessage) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, "rest\r\n"))
        .add(end.sent(2, "GET / HTTP/1.1\r\n"))
        .add(end.sent(3, "Host: h\r\n"));
    end.lose(Direction::send, 20);
    capture.add(end.sent(4, kGet));
    EXPECT_THAT(described(exported({capture})),
                ElementsAre("50000>80 1000/4000000000 PA rest\r\n",
                            "50000>80 1006/4000000000 PA GET / HTTP/1.1\r +1",
                            "50000>80 1022/4000000000 PA Host: h\r\n",
                            "50000>80 1051/4000000000 PA " + kGet));
}

// Of a message in chunks, what follows the gap.
TEST(PcapngTest, LineEndBeforeOtherBytesIsAPacket) {
    FakeConnection end;
    FakeCapture capture;
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n";
    capture.add(end.sent(1, kGet)).add(end.received(2, head));
    end.lose(Direction::recv, 5);
    capture.add(end.received(3, "\r\n0\r\n\r\n" + kAnswer));
    EXPECT_THAT(
        described(exported({capture})),
        ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                    "80>50000 4000000000/1027 PA " + head + " +1",
                    "80>50000 4000000055/1027 A \r\n", "80>50000 4000000057/1027 A 0\r\n\r\n",
                    "80>50000 4000000062/1027 PA " + kAnswer));
}

// A reader takes a CR that ends a packet for the end of the body.
TEST(PcapngTest, LineEndOfTwoCallsIsAPacket) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet))
        .add(end.received(2, kChunkedHead + "0\r\n\r"))
        .add(end.received(3, "\n" + kAnswer));
    const PacketFile file = exported({capture});
    EXPECT_THAT(
        described(file),
        ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                    "80>50000 4000000000/1027 PA " + kChunkedHead + "0\r\n",
                    "80>50000 4000000050/1027 A \r\n", "80>50000 4000000052/1027 PA " + kAnswer));
    EXPECT_EQ(file.packets[1].time_ns, 2u);
    EXPECT_EQ(file.packets[2].time_ns, 3u);
}

TEST(PcapngTest, CallOfACarriageReturnIsInThePacketOfItsLineFeed) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, kChunkedHead + "0\r\n"));
    end.task = {101, 101, 60, "worker"};
    capture.add(end.received(3, "\r")).add(end.received(4, "\n"));
    const PacketFile file = exported({capture});
    EXPECT_THAT(described(file),
                ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                            "80>50000 4000000000/1027 PA " + kChunkedHead + "0\r\n",
                            "80>50000 4000000050/1027 PA \r\n"));
    EXPECT_EQ(file.packets[2].comment, "pid 101, worker");
}

TEST(PcapngTest, CarriageReturnStaysWhereNoLineFeedFollowsInTheMessage) {
    FakeConnection end;
    FakeCapture capture;
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na\r";
    capture.add(end.sent(1, kGet))
        .add(end.received(2, answer))
        .add(end.received(3, "b\r"))
        .add(end.received(4, "\n"));
    EXPECT_THAT(
        described(exported({capture})),
        ElementsAre("50000>80 1000/4000000000 PA " + kGet, "80>50000 4000000000/1027 PA " + answer,
                    "80>50000 4000000040/1027 PA b\r", "80>50000 4000000042/1027 PA \n"));
}

TEST(PcapngTest, LongRecordIsNotCutInALineEnd) {
    FakeConnection end;
    const std::string body = std::string(65'494, 'b') + "\r\n0\r\n\r\n";
    FakeCapture capture;
    capture.add(end.sent(1, kGet))
        .add(end.received(2, kChunkedHead + "ffd6\r\n"))
        .add(end.received(3, body));
    const PacketFile file = exported({capture});
    ASSERT_THAT(file.packets, SizeIs(5));
    EXPECT_EQ(file.packets[2].payload, body.substr(0, 65'494));
    EXPECT_EQ(file.packets[3].payload, "\r\n");
    EXPECT_EQ(file.packets[4].payload, "0\r\n\r\n");
}

TEST(PcapngTest, NothingIsLeftOutOfAMessageThatIsWhole) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, kLongAnswer));
    capture.add(end.received(3, std::string(93, 'b')));
    const PacketFile file = exported({capture});
    EXPECT_THAT(file.packets, SizeIs(3));
    EXPECT_THAT(file.packets, Each(Field(&CapturedPacket::missing, 0u)));
}

// Beyond that it would keep all that comes after it.
TEST(PcapngTest, IsHeldForTenSecondsAtMost) {
    constexpr std::uint64_t kSecond = 1'000 * kMs;
    FakeConnection slow;
    FakeConnection busy(2);
    busy.socket.local.port = 50'001;
    FakeCapture capture;
    capture.add(slow.sent(1, kGet)).add(slow.received(2, kLongAnswer));
    capture.add(busy.sent(kSecond, kGet)).add(busy.received(11 * kSecond, kAnswer));
    capture.add(slow.close(12 * kSecond));
    EXPECT_THAT(described(exported({capture})),
                ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                            "80>50000 4000000000/1027 PA " + kLongAnswer,
                            "50001>80 1000/4000000000 PA " + kGet,
                            "80>50001 4000000000/1027 PA " + kAnswer));
}

// A body says nothing of who asked for it.
TEST(PcapngTest, ServersHaveTheLowerPortsWhereMessagesDoNotTell) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, "rest of an upload\n")).add(end.received(2, kAnswer));
    EXPECT_THAT(exported({capture}).packets, Each(Field(&CapturedPacket::interface, 0u)));
    FakeConnection server = other_end(FakeConnection());
    FakeCapture joined;
    joined.add(server.sent(1, "b\r\nlast chunk\r\n")).add(server.received(2, kGet));
    EXPECT_THAT(exported({joined}).packets, Each(Field(&CapturedPacket::interface, 1u)));
}

TEST(PcapngTest, OvertakenRecordsAreInTheOrderOfTheStream) {
    FakeConnection end;
    const auto request = end.sent(1 * kMs, kGet);
    const auto first = end.received(3 * kMs, "first");
    const auto second = end.received(2 * kMs, "second");
    FakeCapture capture;
    capture.add(request).add(second).add(first);
    EXPECT_THAT(described(exported({capture})), ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                                                            "80>50000 4000000000/1027 PA first",
                                                            "80>50000 4000000005/1027 PA second"));
}

TEST(PcapngTest, BytesThatWereSeenTwiceAreThereOnce) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, "abcdef"));
    end.next_received -= 4;
    capture.add(end.received(3, "cdefgh"));
    end.next_received -= 2;
    capture.add(end.received(4, "gh"));
    EXPECT_THAT(described(exported({capture})), ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                                                            "80>50000 4000000000/1027 PA abcdef",
                                                            "80>50000 4000000006/1027 PA gh"));
}

TEST(PcapngTest, FinStandsBehindTheBytesOfItsDirection) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet));
    const auto answer = end.received(3, kAnswer);
    capture.add(end.fin(Direction::recv, 2)).add(answer).add(end.fin(Direction::send, 4));
    // The kernel may have counted the FIN, which takes a number itself.
    ++end.next_sent;
    capture.add(end.fin(Direction::send, 5));
    const PacketFile file = exported({capture});
    EXPECT_THAT(
        described(file),
        ElementsAre("50000>80 1000/4000000000 PA " + kGet, "80>50000 4000000000/1027 PA " + kAnswer,
                    "80>50000 4000000040/1027 FA", "50000>80 1027/4000000041 FA"));
    EXPECT_EQ(file.packets[2].time_ns, 2u);
}

TEST(PcapngTest, FinBehindLostBytesIsShownAtTheEnd) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet));
    end.lose(Direction::recv, 1000);
    capture.add(end.fin(Direction::recv, 2)).add(end.close(3));
    EXPECT_THAT(described(exported({capture})),
                ElementsAre("50000>80 1000/4000000000 PA " + kGet, "80>50000 4000001000/1027 FA"));
}

TEST(PcapngTest, CommentsSayWhoSpeaksWhereThatChanges) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, kAnswer));
    end.task = {101, 101, 60, "w\x01rker\xff"};
    capture.add(end.sent(3, kGet)).add(end.received(4, kAnswer));
    const PacketFile file = exported({capture});
    EXPECT_THAT(file.packets,
                ElementsAre(Field(&CapturedPacket::comment, "pid 100, client"),
                            Field(&CapturedPacket::comment, ""),
                            Field(&CapturedPacket::comment, "pid 101, w\\x01rker\u00ff"),
                            Field(&CapturedPacket::comment, "")));
}

TEST(PcapngTest, PacketsSayWhetherTheyWereSent) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, kGet)).add(end.received(2, kAnswer)).add(end.fin(Direction::recv, 3));
    EXPECT_THAT(exported({capture}).packets, ElementsAre(Field(&CapturedPacket::is_sent, true),
                                                         Field(&CapturedPacket::is_sent, false),
                                                         Field(&CapturedPacket::is_sent, false)));
}

TEST(PcapngTest, SectionSaysWhereItWasRecorded) {
    FakeCapture capture;
    const PacketFile file = exported({capture});
    ASSERT_THAT(file.sections, SizeIs(1));
    ASSERT_THAT(file.interfaces, SizeIs(2));
    EXPECT_EQ(file.interfaces[0].at(2), "client");
    EXPECT_EQ(file.interfaces[1].at(2), "server");
    EXPECT_EQ(file.interfaces[0].at(9), "\x09");  // nanoseconds
}

TEST(PcapngTest, EachCaptureIsASection) {
    FakeConnection end;
    FakeCapture first;
    first.add(end.sent(1, kGet)).add(end.fin(Direction::recv, 2));
    FakeCapture second("another");
    second.add(end.sent(1, kGet));
    const PacketFile file = exported({first, second});
    EXPECT_THAT(file.sections, SizeIs(2));
    EXPECT_THAT(file.interfaces, SizeIs(4));
    EXPECT_THAT(file.packets, SizeIs(3));
}

// As in an analysis with several threads.
TEST(PcapngTest, IsFlushedWhilePacketsCome) {
    const test::TemporaryDirectory directory;
    const std::string path = directory.path() / "out.pcapng";
    auto output = Output::open(path);
    ASSERT_TRUE(output.ok());
    PcapngEmitter emitter(*output, PcapngSides::one);
    constexpr std::size_t kPackets = 20'000;
    std::atomic<bool> stop = false;
    std::thread flushing([&] {
        while (!stop)
            EXPECT_TRUE(emitter.flush().ok());
    });
    FakeConnection end;
    for (std::size_t i = 0; i < kPackets; ++i) {
        Segment segment;
        segment.origin.time_ns = i;
        segment.position = end.next_sent + i;
        segment.size = 1;
        segment.bytes = "x";
        EXPECT_TRUE(emitter.transfer({1, end.socket, Direction::send, segment}, WallClock()).ok());
    }
    stop = true;
    flushing.join();
    EXPECT_TRUE(emitter.finish().ok());
    EXPECT_THAT(test::read_pcapng(test::read_file(path)).packets, SizeIs(kPackets));
}

class LocalConnectionTest : public ::testing::Test {
  protected:
    // As both ends see it.
    void exchange(FakeConnection& client, FakeConnection& server) {
        capture_.add(client.sent(++time_, kGet));
        capture_.add(server.received(++time_, kGet));
        capture_.add(server.sent(++time_, kAnswer));
        capture_.add(client.received(++time_, kAnswer));
    }

    std::uint64_t time_ = 0;
    FakeCapture capture_;
    FakeConnection client_;
    FakeConnection server_ = other_end(client_);
};

TEST_F(LocalConnectionTest, IsShownOnce) {
    exchange(client_, server_);
    exchange(client_, server_);
    const PacketFile file = exported({capture_});
    EXPECT_THAT(described(file), ElementsAre("50000>80 1000/4000000000 PA " + kGet,
                                             "80>50000 4000000000/1027 PA " + kAnswer,
                                             "50000>80 1027/4000000040 PA " + kGet,
                                             "80>50000 4000000040/1054 PA " + kAnswer));
    EXPECT_THAT(file.packets, Each(Field(&CapturedPacket::interface, 0u)));
}

TEST_F(LocalConnectionTest, IsShownOnceThoughTheOtherEndReadsAfterTheClose) {
    capture_.add(client_.sent(1, kGet)).add(client_.close(2));
    capture_.add(server_.received(3, kGet));
    EXPECT_THAT(exported({capture_}).packets, SizeIs(1));
}

TEST_F(LocalConnectionTest, EachSideCanBeShown) {
    exchange(client_, server_);
    const PacketFile both = exported({capture_}, PcapngSides::both);
    EXPECT_THAT(
        both.packets,
        ElementsAre(Field(&CapturedPacket::interface, 0u), Field(&CapturedPacket::interface, 1u),
                    Field(&CapturedPacket::interface, 1u), Field(&CapturedPacket::interface, 0u)));
    const PacketFile client = exported({capture_}, PcapngSides::client);
    EXPECT_THAT(client.packets, ElementsAre(Field(&CapturedPacket::comment, "pid 100, client"),
                                            Field(&CapturedPacket::interface, 0u)));
    const PacketFile server = exported({capture_}, PcapngSides::server);
    EXPECT_THAT(server.packets, ElementsAre(Field(&CapturedPacket::comment, "pid 200, server"),
                                            Field(&CapturedPacket::interface, 1u)));
}

// Ports are used again, and addresses in several network namespaces.
TEST_F(LocalConnectionTest, ConnectionsOfTheSameAddressesAreToldApart) {
    capture_.add(client_.sent(1, kGet)).add(client_.close(2));
    server_.next_sent += 1'000'000'000;
    server_.next_received += 1'000'000'000;
    capture_.add(server_.received(3, kGet));
    EXPECT_THAT(exported({capture_}).packets, SizeIs(2));
}

}  // namespace
}  // namespace httpprof::replay
