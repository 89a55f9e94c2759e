#include "replay/connection.h"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/reorder.h"
#include "tests/replay/connection_fixture.h"
#include "tests/replay/http_text.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using format::Direction;
using format::MissingCause;
using test::answer;
using test::get;
using test::kMs;
using test::kSecond;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(TallyTest, HasAnEndToTheNamesOfProtocols) {
    Tally tally;
    for (int i = 0; i < 1000; ++i)
        ++tally.opaque("protocol " + std::to_string(i));
    EXPECT_EQ(tally.opaque_bytes.size(), 65u);
    EXPECT_EQ(tally.opaque_bytes["others"], 1000u - 64u);
}

TEST_F(ConnectionTest, SwappedRecordsOfOneMessage) {
    send(1, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n");
    const auto first = end_.sent(3 * kMs, "ab");
    const auto second = end_.sent(2 * kMs, "cd");
    connection_.add(second);
    EXPECT_THAT(sink_.described(), IsEmpty());
    connection_.add(first);
    ASSERT_THAT(sink_.described(), ElementsAre("1:/a"));
    EXPECT_EQ(sink_.messages[0].paired.message->body(), "abcd");
}

TEST_F(ConnectionTest, EndOfCaptureCutsAnOpenMessage) {
    send(1, get("/a"));
    receive(2, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    EXPECT_EQ(connection_.oldest_open_ns(), 2 * kMs);
    connection_.cut();
    ASSERT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 12345"));
    EXPECT_TRUE(sink_.messages[1].paired.message->truncated);
    EXPECT_EQ(connection_.oldest_open_ns(), kNever);
}

// Bodies that end with the connection (RFC 9112, 6.3, rule 8).
class CloseDelimitedTest : public ConnectionTest {
  protected:
    void SetUp() override {
        send(1, get("/a"));
        receive(2, "HTTP/1.0 200 OK\r\n\r\nab");
    }
    const Message& response() {
        EXPECT_THAT(sink_.described(), ElementsAre("1:/a", Not(IsEmpty())));
        return *sink_.messages.back().paired.message;
    }
};

TEST_F(CloseDelimitedTest, EndsWithTheFin) {
    connection_.add(end_.fin(Direction::recv, 3 * kMs));
    EXPECT_EQ(response().body(), "ab");
    EXPECT_FALSE(response().truncated);
}

TEST_F(CloseDelimitedTest, FinBeforeTheLastRecord) {
    const auto last = end_.received(4 * kMs, "cd");
    connection_.add(end_.fin(Direction::recv, 3 * kMs));
    EXPECT_EQ(sink_.messages.size(), 1u);
    connection_.add(last);
    EXPECT_EQ(response().body(), "abcd");
    EXPECT_FALSE(response().truncated);
}

TEST_F(CloseDelimitedTest, CloseWithoutFinCutsIt) {
    connection_.add(end_.close(3 * kMs));
    EXPECT_EQ(response().body(), "ab");
    EXPECT_TRUE(response().truncated);
}

TEST_F(CloseDelimitedTest, BytesBetweenTheLastRecordAndTheFinAreLost) {
    end_.lose(Direction::recv, 10);
    connection_.add(end_.fin(Direction::recv, 3 * kMs));
    connection_.add(end_.close(4 * kMs));
    EXPECT_EQ(response().body_size, 12u);
    ASSERT_EQ(response().gaps.size(), 1u);
    EXPECT_EQ(response().gaps[0].length, 10u);
    EXPECT_EQ(response().gaps[0].cause, MissingCause::lost);
}

TEST_F(CloseDelimitedTest, BytesThatTheProcessDidNotReadAreNotLost) {
    format::CloseRecord close = end_.close(4 * kMs);
    close.read_position = end_.next_received;
    end_.lose(Direction::recv, 10);
    close.received_position = end_.next_received;
    connection_.add(end_.fin(Direction::recv, 3 * kMs));
    connection_.add(close);
    EXPECT_EQ(response().body_size, 12u);
    EXPECT_FALSE(response().truncated);
    ASSERT_EQ(response().gaps.size(), 1u);
    EXPECT_EQ(response().gaps[0].length, 10u);
    EXPECT_EQ(response().gaps[0].cause, MissingCause::unread);
    EXPECT_FALSE(tally_.missing_bytes.contains(MissingCause::lost));
}

TEST_F(ConnectionTest, RequestOvertakenByItsResponseIsWaitedFor) {
    send(1, get("/a"));
    receive(2, answer("A"));
    const auto request = end_.sent(4 * kMs, get("/b"));
    receive(3, answer("B"));
    EXPECT_EQ(connection_.held_since_ns(), 3 * kMs);
    connection_.add(request);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A", "2:/b", "2=200 B"));
    EXPECT_EQ(sink_.messages[3].paired.latency_ns, std::nullopt);
}

TEST_F(ConnectionTest, FirstRequestOvertakenByItsResponseIsWaitedFor) {
    auto request = end_.sent(4 * kMs, get("/a"));
    receive(3, answer("A"));
    request.other_position = end_.next_received;  // its call returned after the response was read
    EXPECT_EQ(connection_.held_since_ns(), 3 * kMs);
    connection_.add(request);
    send(5, get("/b"));
    receive(6, answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A", "2:/b", "2=200 B"));
}

// One thread of a client that waits writes, another one reads.
TEST_F(ConnectionTest, ARequestOvertakenByItsResponseBehindALostOneIsWaitedFor) {
    for (const bool returned_late : {false, true}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        connection.add(end.sent(1 * kMs, get("/0")));
        connection.add(end.received(2 * kMs, answer("0")));
        end.lose(Direction::send, get("/a").size());
        connection.add(end.received(3 * kMs, answer("A")));
        auto overtaken = end.sent(5 * kMs, get("/b"));
        connection.add(end.received(4 * kMs, answer("B")));
        if (returned_late) overtaken.other_position = end.next_received;
        connection.add(overtaken);
        connection.add(end.sent(6 * kMs, get("/c")));
        connection.add(end.received(7 * kMs, answer("C")));
        connection.stop_waiting_before(200 * kMs);
        EXPECT_THAT(sink.described(), ElementsAre("1:/0", "1=200 0", "-=200 A", "2:/b", "2=200 B",
                                                  "3:/c", "3=200 C"));
    }
}

TEST_F(ConnectionTest, ARequestOvertakenBehindALostResponseShiftsNoPair) {
    for (const bool is_request_lost : {false, true}) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(7, end.socket, sink, tally);
        connection.add(end.sent(1 * kMs, get("/0")));
        connection.add(end.received(2 * kMs, answer("0")));
        const auto request = end.sent(3 * kMs, get("/a"));
        if (!is_request_lost) connection.add(request);
        end.lose(Direction::recv, answer("A").size());
        auto overtaken = end.sent(5 * kMs, get("/b"));
        connection.add(end.received(4 * kMs, answer("B")));
        overtaken.other_position = end.next_received;
        connection.add(overtaken);
        connection.add(end.sent(6 * kMs, get("/c")));
        connection.add(end.received(7 * kMs, answer("C")));
        connection.stop_waiting_before(200 * kMs);
        EXPECT_THAT(sink.described(), Contains(is_request_lost ? "3=200 C" : "4=200 C"));
    }
}

TEST_F(ConnectionTest, AnAnswerToALostRequestOvertakenByTheNextRequestIsWaitedFor) {
    receive(1, get("/0"));
    send(2, answer("0"));
    end_.lose(Direction::recv, get("/a").size());
    const auto overtaken = end_.sent(4 * kMs, answer("A"));
    receive(3, get("/b"));
    connection_.add(overtaken);
    send(5, answer("B"));
    receive(6, get("/c"));
    send(7, answer("C"));
    connection_.stop_waiting_before(200 * kMs);
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/0", "1=200 0", "-=200 A", "2:/b", "2=200 B", "3:/c", "3=200 C"));
}

// A thread that is still in its write(2) has queued bytes that no record tells of yet.
TEST_F(ConnectionTest, BytesOfACallThatReturnsMuchLaterAreNotGivenUp) {
    send(1, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n");
    const auto slow_call = end_.sent(900 * kMs, "12345678");
    auto early = end_.received(3 * kMs, "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
    early.other_position -= 4;
    connection_.add(early);
    connection_.stop_waiting_before(500 * kMs);
    EXPECT_THAT(sink_.described(), ElementsAre("1=413"));
    connection_.add(slow_call);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=413"));
    EXPECT_EQ(sink_.messages[0].paired.message->body(), "12345678");
}

// One process reads, with MSG_WAITALL, another one writes.
TEST_F(ConnectionTest, ARequestWithinAReadOfSeveralResponsesComesBeforeItsOwn) {
    send(1, get("/a"));
    const std::uint64_t between = end_.next_received + answer("A").size();
    format::DataRecord second = end_.sent(2 * kMs, get("/b"));
    format::DataRecord third = end_.sent(3 * kMs, get("/c"));
    second.other_position = between;
    third.other_position = between + answer("B").size();
    connection_.add(second);
    connection_.add(third);
    receive(4, answer("A") + answer("B") + answer("C"));
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/a", "1=200 A", "2:/b", "2=200 B", "3:/c", "3=200 C"));
    EXPECT_EQ(tally_.duplicate_bytes, 0u);
}

TEST_F(ConnectionTest, PositionAfterTheFinIsNotWaitedFor) {
    send(1, get("/a"));
    connection_.add(end_.fin(Direction::send, 2 * kMs));
    end_.next_sent += 1;  // the FIN takes a sequence number
    receive(3, answer("A"));
    EXPECT_EQ(connection_.held_since_ns(), kNever);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A"));
}

TEST_F(ConnectionTest, ResponseThatNobodyAskedForIsNotHeldForever) {
    send(1, get("/a"));
    receive(2, answer("A"));
    receive(3, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
    connection_.stop_waiting_before(200 * kMs);
    send(300, get("/b"));
    receive(301, answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a", "1=200 A", "-=408", "2:/b", "2=200 B"));
}

TEST_F(ConnectionTest, SaysWhereBytesAreThatBelongToNoMessage) {
    send(1, get("/a"));
    receive(2, answer("A") + "one\r\ntwo");
    receive(3, "\r\nthree\r\n" + answer("B") + "four\r\n");
    ASSERT_EQ(tally_.not_http_places.count(), 2u);
    const auto& places = tally_.not_http_places.listed();
    EXPECT_EQ(places[0].direction, format::Direction::recv);
    EXPECT_EQ(places[0].source, end_.socket.remote);
    EXPECT_EQ(places[0].destination, end_.socket.local);
    EXPECT_EQ(places[0].offset, answer("A").size());
    EXPECT_EQ(places[0].bytes, 17u);
    EXPECT_EQ(places[1].offset, 2 * answer("A").size() + 17);
    EXPECT_EQ(places[1].bytes, 6u);
    EXPECT_EQ(tally_.not_http_bytes, 23u);
}

TEST_F(ConnectionTest, HoldsBothDirectionsUntilTheHoleIsFilled) {
    send(1, get("/0"));
    receive(2, answer("0"));
    const auto first = end_.sent(4 * kMs, get("/a"));
    const auto second = end_.sent(3 * kMs, get("/b"));
    connection_.add(second);
    receive(5, answer("A") + answer("B"));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/0", "1=200 0"));
    EXPECT_EQ(connection_.held_since_ns(), 3 * kMs);
    connection_.add(first);
    EXPECT_THAT(sink_.described(),
                ElementsAre("1:/0", "1=200 0", "2:/a", "3:/b", "2=200 A", "3=200 B"));
    EXPECT_EQ(connection_.held_since_ns(), kNever);
}

TEST_F(ConnectionTest, HoldsNoMoreThanItsLimitOfRecords) {
    send(1, get("/0"));
    end_.lose(Direction::send, 10);
    for (std::size_t i = 0; i < kMaxHeldRecords; ++i)
        send(2, "x");
    EXPECT_EQ(connection_.held_since_ns(), 2 * kMs);
    send(2, "x");
    EXPECT_EQ(connection_.held_since_ns(), kNever);
    EXPECT_EQ(tally_.missing_bytes[MissingCause::lost], 10u);
}

TEST_F(ConnectionTest, HoldsNoMoreThanItsLimitOfBytes) {
    send(1, get("/0"));
    end_.lose(Direction::send, 10);
    for (std::size_t held = 0; held <= kMaxHeldBytes; held += 65536) {
        send(2, std::string(65536, 'x'));
    }
    EXPECT_EQ(connection_.held_since_ns(), kNever);
}

TEST_F(ConnectionTest, TwoHolesAreTwoLosses) {
    send(1, get("/0"));
    end_.lose(Direction::send, 10);
    send(2, get("/a"));
    end_.lose(Direction::send, 20);
    send(3, get("/b"));
    connection_.stop_waiting_before(10 * kMs);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/0", "2:/a", "3:/b"));
    EXPECT_EQ(tally_.missing_bytes[MissingCause::lost], 30u);
}

TEST_F(ConnectionTest, ResponseThatNobodyReadIsNotLost) {
    send(1, get("/a"));
    format::CloseRecord close = end_.close(2 * kMs);
    close.written_position = end_.next_sent;
    close.read_position = end_.next_received;
    close.received_position = end_.next_received + answer("A").size();
    connection_.add(close);
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a"));
    EXPECT_EQ(tally_.missing_bytes[MissingCause::unread], answer("A").size());
    EXPECT_FALSE(tally_.missing_bytes.contains(MissingCause::lost));
}

TEST_F(ConnectionTest, LastRequestIsLostAndTheConnectionReset) {
    send(1, get("/a"));
    receive(2, answer("A"));
    end_.lose(Direction::send, 30);
    format::CloseRecord close = end_.close(3 * kMs);
    close.written_position = end_.next_sent;
    connection_.add(close);
    EXPECT_EQ(tally_.missing_bytes[MissingCause::lost], 30u);
}

TEST_F(ConnectionTest, RetransmittedBytesCountOnce) {
    const auto record = end_.sent(1 * kMs, get("/a"));
    connection_.add(record);
    connection_.add(record);
    connection_.add(end_.close(2 * kMs));
    EXPECT_THAT(sink_.described(), ElementsAre("1:/a"));
    EXPECT_EQ(tally_.duplicate_bytes, get("/a").size());
}

TEST_F(ConnectionTest, PositionBeyondTheLastIsDropped) {
    auto record = end_.sent(1 * kMs, get("/a"));
    record.position = ~std::uint64_t{0} - 3;
    connection_.add(record);
    connection_.add(end_.close(2 * kMs));
    EXPECT_THAT(sink_.described(), IsEmpty());
}

TEST(HostileConnectionTest, RandomRecordsDoNoHarm) {
    std::mt19937_64 random(1);
    const std::vector<std::string> texts = {
        get("/a"), answer("A"), "HTTP/1.1 100 C\r\n\r\n", "x", "HTTP/1.1 200 OK\r\n\r\n",
        "\r\n",    ""};
    for (int run = 0; run < 200; ++run) {
        test::FakeConnection end;
        CollectSink sink;
        Tally tally;
        Connection connection(1, end.socket, sink, tally);
        for (int i = 0; i < 300; ++i) {
            const auto direction = random() % 2 == 0 ? Direction::send : Direction::recv;
            const std::string& text = texts[random() % texts.size()];
            auto record = end.data(direction, random() % kSecond, text,
                                   static_cast<std::uint32_t>(text.size() + random() % 2),
                                   static_cast<MissingCause>(random() % 8));
            if (random() % 8 == 0) record.position += random() % 64 - 32;
            if (random() % 100 == 0) record.position = random();
            connection.add(record);
            if (random() % 100 == 0) connection.add(end.fin(direction, 1));
            if (random() % 20 == 0) connection.stop_waiting_before(random() % kSecond);
        }
        format::CloseRecord close = end.close(kSecond);
        if (run % 2 == 0) {
            close.written_position = end.next_sent + random() % 64 - 32;
            close.read_position = run % 4 == 0 ? random() : end.next_received;
            close.received_position = random();
        }
        connection.add(close);
        EXPECT_EQ(connection.held_since_ns(), kNever);
        EXPECT_EQ(connection.oldest_open_ns(), kNever);
    }
}

}  // namespace
}  // namespace httpprof::replay
