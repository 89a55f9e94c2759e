#include "replay/analyzer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/collecting_emitter.h"
#include "tests/replay/http_text.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using namespace std::string_view_literals;
using format::Direction;
using test::answer;
using test::FakeCapture;
using test::FakeConnection;
using test::FakeSource;
using test::get;
using test::kMs;
using test::kSecond;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kEpochNs = 1'700'000'000'000'000'000;

format::ProcessRecord process_record(const format::Task& task, std::string_view arguments,
                                     std::string_view environment) {
    format::ProcessRecord record;
    record.time_ns = 1;
    record.task = task;
    record.arguments_size = static_cast<std::uint32_t>(arguments.size());
    record.environment_size = static_cast<std::uint32_t>(environment.size());
    record.arguments = arguments;
    record.environment = environment;
    return record;
}

class AnalyzerTest : public ::testing::Test {
  protected:
    void read(const FakeCapture& capture) {
        FakeSource source(capture);
        ASSERT_TRUE(analyzer_.read(source).ok());
    }
    Summary finish() {
        auto summary = analyzer_.finish();
        EXPECT_TRUE(summary.ok());
        return *summary;
    }
    // "connection:target" or "connection=body".
    std::vector<std::string> events() const {
        std::vector<std::string> texts;
        for (const auto& [event, message, process] : emitter_.events) {
            const std::string connection = std::to_string(event.connection);
            texts.push_back(message.kind == Message::Kind::request
                                ? connection + ":" + std::string(message.text(message.target))
                                : connection + "=" + message.body());
        }
        return texts;
    }

    test::CollectingEmitter emitter_;
    Analyzer analyzer_{{&emitter_}};
};

TEST_F(AnalyzerTest, OneExchange) {
    FakeConnection client;
    FakeCapture capture;
    capture.clock(0, kEpochNs)
        .add(process_record(client.task, "curl\0-s\0"sv, "A=1\0"sv))
        .add(client.sent(10 * kMs, get("/a")))
        .add(client.received(12 * kMs, answer("A")))
        .add(client.close(13 * kMs));
    read(capture);
    const Summary summary = finish();

    ASSERT_THAT(events(), ElementsAre("1:/a", "1=A"));
    const auto& [request, message, process] = emitter_.events[0];
    EXPECT_EQ(request.realtime_ns, kEpochNs + 10'000'000);
    EXPECT_EQ(request.direction, Direction::send);
    EXPECT_EQ(request.source, client.socket.local);
    EXPECT_EQ(request.destination, client.socket.remote);
    EXPECT_EQ(request.exchange, 1u);
    EXPECT_EQ(*request.host, "fakehost");
    EXPECT_EQ(process.arguments, "curl\0-s\0"sv);
    EXPECT_EQ(emitter_.events[1].event.latency_ns, 2 * kMs);
    ASSERT_EQ(emitter_.processes.size(), 1u);
    EXPECT_EQ(emitter_.processes[0].environment, "A=1\0"sv);
    EXPECT_EQ(emitter_.start_times[0], kEpochNs + 50);
    EXPECT_EQ(emitter_.finished, 1);
    EXPECT_EQ(summary.requests, 1u);
    EXPECT_EQ(summary.responses, 1u);
    EXPECT_EQ(summary.processes, 1u);
    EXPECT_EQ(summary.records, 4u);
    EXPECT_EQ(summary.frames, 6u);
    EXPECT_EQ(summary.tally.connections, 1u);
    EXPECT_EQ(summary.requests_without_response, 0u);
}

constexpr auto kTimeout = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";

class EarlyAnswerTest : public AnalyzerTest {
  protected:
    // Of a connection that ends behind the answer.
    Summary timed_out_behind(const std::string& beginning) {
        FakeConnection client;
        FakeCapture capture;
        capture.add(client.sent(10 * kMs, beginning))
            .add(client.received(12 * kMs, kTimeout))
            .add(client.close(13 * kMs));
        read(capture);
        return finish();
    }
};

TEST_F(EarlyAnswerTest, ToAStartOfARequestLeavesTheCountRight) {
    const Summary summary = timed_out_behind("GET");
    EXPECT_EQ(summary.requests, 0u);
    EXPECT_EQ(summary.responses, 1u);
    EXPECT_EQ(summary.requests_without_response, 0u);
}

TEST_F(EarlyAnswerTest, ToAStartLineIsTheResponse) {
    const Summary summary = timed_out_behind("GET /a HT");
    EXPECT_EQ(summary.requests, 1u);
    EXPECT_EQ(summary.responses, 1u);
    EXPECT_EQ(summary.requests_without_response, 0u);
}

TEST_F(AnalyzerTest, ARequestAnsweredBeforeItsEndHasAResponse) {
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.sent(10 * kMs, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab"))
        .add(client.received(12 * kMs, kTimeout))
        .add(client.close(13 * kMs));
    read(capture);
    const Summary summary = finish();
    EXPECT_EQ(summary.requests, 1u);
    EXPECT_EQ(summary.requests_without_response, 0u);
    EXPECT_EQ(emitter_.events.at(1).event.exchange, 1u);
}

TEST_F(AnalyzerTest, AnInterimResponseIsNoAnswer) {
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.sent(10 * kMs, get("/a")))
        .add(client.received(12 * kMs, "HTTP/1.1 103 Early Hints\r\n\r\n"))
        .add(client.close(13 * kMs));
    read(capture);
    EXPECT_EQ(finish().requests_without_response, 1u);
}

TEST_F(AnalyzerTest, JoinedResponsesAreCountedOnce) {
    test::CollectingEmitter emitter;
    Analyzer analyzer({&emitter}, {.join_responses = true});
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.sent(10 * kMs, get("/a") + get("/b")))
        .add(client.received(12 * kMs, answer("A")))
        .add(client.close(13 * kMs));
    FakeSource source(capture);
    ASSERT_TRUE(analyzer.read(source).ok());
    EXPECT_EQ(analyzer.finish()->requests_without_response, 1u);
}

TEST_F(AnalyzerTest, TheOtherEndIsKnownThoughItWasJoinedLater) {
    FakeConnection client;
    FakeConnection server(2);
    server.socket.local = client.socket.remote;
    server.socket.remote = client.socket.local;
    FakeCapture capture;
    capture.add(client.sent(10 * kMs, get("/a")));
    server.next_sent = client.next_received;
    server.next_received = client.next_sent;
    capture.add(client.sent(11 * kMs, get("/b"))).add(server.received(12 * kMs, get("/b")));
    read(capture);
    finish();
    const Event& at_server = emitter_.events.at(2).event;
    EXPECT_EQ(at_server.other_end, 1u);
    EXPECT_EQ(at_server.position, emitter_.events.at(1).event.position);
    EXPECT_EQ(at_server.position, emitter_.events.at(0).event.position + get("/a").size());
}

TEST_F(AnalyzerTest, AJoinedInterimResponseKnowsTheFinalOne) {
    test::CollectingEmitter emitter;
    Analyzer analyzer({&emitter}, {.join_responses = true});
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.sent(10 * kMs, get("/a") + get("/b")))
        .add(client.received(12 * kMs, "HTTP/1.1 103 Early Hints\r\n\r\n"))
        .add(client.received(13 * kMs, answer("A")))
        .add(client.received(14 * kMs, "HTTP/1.1 103 Early Hints\r\n\r\n"))
        .add(client.close(15 * kMs));
    FakeSource source(capture);
    ASSERT_TRUE(analyzer.read(source).ok());
    ASSERT_TRUE(analyzer.finish().ok());
    ASSERT_EQ(emitter.events.size(), 5u);
    const auto response_of = [&](std::size_t i) { return emitter.events[i].event.response; };
    EXPECT_EQ(response_of(0)->status, 200);  // GET /a
    EXPECT_FALSE(response_of(1));            // GET /b
    EXPECT_EQ(response_of(2)->status, 200);
    EXPECT_EQ(response_of(2)->latency_ns, 3 * kMs);
    EXPECT_FALSE(response_of(4));
}

TEST_F(AnalyzerTest, OrdersByFirstByteThoughMessagesEndInAnotherOrder) {
    FakeConnection slow(1);
    FakeConnection quick(2);
    FakeCapture capture;
    capture.add(slow.sent(10 * kMs, "POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na"))
        .add(quick.sent(11 * kMs, get("/quick")))
        .add(quick.received(12 * kMs, answer("Q")))
        .add(slow.sent(13 * kMs, "b"))
        .add(slow.received(14 * kMs, answer("S")));
    read(capture);
    finish();
    EXPECT_THAT(events(), ElementsAre("1:/slow", "2:/quick", "2=Q", "1=S"));
}

TEST_F(AnalyzerTest, OrdersWhatComesAsLateAsRecordsMay) {
    FakeConnection held(1);
    FakeConnection other(2);
    FakeConnection late(3);
    const auto overtaken = late.sent(10 * kMs, get("/late"));
    FakeCapture capture;
    capture.add(held.sent(9 * kMs, get("/before")));
    const auto missing = held.sent(12 * kMs, "GET /held HTTP/1.1\r\n");
    capture.add(other.sent(11 * kMs, get("/other")))
        .add(held.sent(13 * kMs, "Host: h\r\n\r\n"))
        .add(other.received(14 * kMs, answer("O")))
        .add(other.sent(109 * kMs, get("/newest")))
        .stats(109 * kMs)
        .add(overtaken)
        .stats(109 * kMs)
        .add(missing);
    read(capture);
    finish();
    EXPECT_THAT(events(),
                ElementsAre("1:/before", "3:/late", "2:/other", "1:/held", "2=O", "2:/newest"));
}

TEST_F(AnalyzerTest, EqualTimesAreOrderedByConnection) {
    FakeConnection a(1);
    FakeConnection b(2);
    FakeCapture capture;
    capture.add(a.sent(1 * kMs, "GET /a HTTP/1.1\r\n"))
        .add(b.sent(1 * kMs, get("/b")))
        .add(a.sent(2 * kMs, "Host: h\r\n\r\n"));
    read(capture);
    finish();
    EXPECT_THAT(events(), ElementsAre("1:/a", "2:/b"));
}

TEST_F(AnalyzerTest, EventsComeWhileTheCaptureGoesOn) {
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.sent(10 * kMs, get("/a")))
        .add(client.received(12 * kMs, answer("A")))
        .stats(100 * kMs)
        .stats(2 * kSecond);
    read(capture);
    EXPECT_THAT(emitter_.events_at_flush, ElementsAre(0, 2));
    EXPECT_THAT(emitter_.processes, IsEmpty());
}

TEST_F(AnalyzerTest, OpenMessageHoldsBackWhatIsAfterIt) {
    FakeConnection open(1);
    FakeConnection other(2);
    FakeCapture capture;
    capture.add(open.sent(10 * kMs, "GET /open HTTP/1.1\r\n"))
        .add(other.sent(11 * kMs, get("/other")))
        .stats(60 * kSecond)
        .add(open.sent(61 * kSecond, "Host: h\r\n\r\n"))
        .stats(62 * kSecond);
    read(capture);
    EXPECT_THAT(emitter_.events_at_flush, ElementsAre(0, 2));
    EXPECT_THAT(events(), ElementsAre("1:/open", "2:/other"));
}

TEST_F(AnalyzerTest, HoleIsGivenUpWhenTheCaptureHasMovedOn) {
    FakeConnection client(1);
    FakeConnection other(2);
    FakeCapture capture;
    capture.add(client.sent(1 * kMs, get("/a")));
    client.lose(Direction::send, 100);
    capture.add(client.sent(2 * kMs, get("/b")))
        .add(other.sent(103 * kMs, get("/other")))
        .stats(2 * kSecond);
    read(capture);
    EXPECT_THAT(events(), ElementsAre("1:/a", "1:/b", "2:/other"));
}

// Records wait up to half a second for their frame, other frames do not.
TEST_F(AnalyzerTest, OtherFramesDoNotEndTheWaitForARecord) {
    FakeConnection client;
    const format::DataRecord request = client.sent(10 * kMs, get("/a"));
    const format::DataRecord response = client.received(12 * kMs, answer("A"));
    FakeCapture capture;
    capture.clock(900 * kMs, kEpochNs)
        .add(format::Snapshot{.time_ns = 900 * kMs, .pid = 9})
        .stats(900 * kMs)
        .add(response)
        .add(request)
        .add(client.close(13 * kMs));
    read(capture);
    const Summary summary = finish();
    EXPECT_THAT(events(), ElementsAre("1:/a", "1=A"));
    EXPECT_EQ(summary.responses_without_request, 0u);
    EXPECT_EQ(emitter_.events[1].event.exchange, 1u);
}

TEST_F(AnalyzerTest, LiveEventsHaveTheClockOfTheirBeginning) {
    FakeConnection client;
    FakeConnection other;
    other.socket.remote.port = 81;
    FakeCapture capture;
    capture.clock(0, kEpochNs)
        .clock(10 * kSecond, 2 * kEpochNs)
        .add(client.sent(11 * kSecond, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n"))
        .clock(20 * kSecond, 3 * kEpochNs)
        .add(other.sent(30 * kSecond, get("/b")))
        .stats(31 * kSecond)
        .add(client.close(32 * kSecond));
    Analyzer live({&emitter_}, {.live = true});
    FakeSource source(capture);
    ASSERT_TRUE(live.read(source).ok());
    ASSERT_TRUE(live.finish().ok());
    ASSERT_THAT(events(), ElementsAre("2:/b", "1:/a"));
    EXPECT_EQ(emitter_.events[0].event.realtime_ns, 3 * kEpochNs + 10 * std::int64_t{kSecond});
    EXPECT_EQ(emitter_.events[1].event.realtime_ns, 2 * kEpochNs + std::int64_t{kSecond});
}

TEST_F(AnalyzerTest, SocketUsedAgainIsAnotherConnection) {
    FakeConnection first;
    FakeConnection second;  // the same socket
    FakeConnection elsewhere;
    elsewhere.socket.remote.port = 81;
    FakeCapture capture;
    capture.add(first.sent(1 * kMs, get("/a")))
        .add(first.close(2 * kMs))
        .add(second.sent(3 * kMs, get("/b")))
        .add(elsewhere.sent(4 * kMs, get("/c")));
    read(capture);
    EXPECT_EQ(finish().tally.connections, 3u);
    EXPECT_THAT(events(), ElementsAre("1:/a", "2:/b", "3:/c"));
}

TEST_F(AnalyzerTest, BothEndsOfALocalConnectionGiveTheirOwnEvents) {
    FakeConnection client(1);
    FakeConnection server(2);
    std::swap(server.socket.local, server.socket.remote);
    server.task = {200, 200, 60, "server"};
    FakeCapture capture;
    capture.add(client.sent(1 * kMs, get("/a")))
        .add(server.received(2 * kMs, get("/a")))
        .add(server.sent(3 * kMs, answer("A")))
        .add(client.received(4 * kMs, answer("A")));
    read(capture);
    EXPECT_EQ(finish().processes, 2u);
    EXPECT_THAT(events(), ElementsAre("1:/a", "2:/a", "2=A", "1=A"));
    EXPECT_EQ(emitter_.events[1].event.source, client.socket.local);
    EXPECT_EQ(emitter_.events[2].event.source, server.socket.local);
}

TEST_F(AnalyzerTest, ReusedPidGivesTwoProcesses) {
    FakeConnection first(1);
    FakeConnection second(2);
    second.task.start_ns = 70;
    FakeCapture capture;
    capture.add(process_record(second.task, "second\0"sv, "B=2\0"sv))
        .add(process_record(first.task, "first\0"sv, "A=1\0"sv))
        .add(first.sent(1 * kMs, get("/a")))
        .add(second.sent(2 * kMs, get("/b")));
    read(capture);
    finish();
    ASSERT_EQ(emitter_.processes.size(), 2u);
    EXPECT_EQ(emitter_.processes[0].arguments, "first\0"sv);
    EXPECT_EQ(emitter_.processes[1].arguments, "second\0"sv);
    EXPECT_EQ(emitter_.events[1].process.arguments, "second\0"sv);
}

// A server begins the answer, a child of it and what that executes go on.
TEST_F(AnalyzerTest, ProcessesThatHadAPartInAMessageAreReported) {
    FakeConnection server;
    const format::Task parent = server.task;
    const format::Task child{77, 77, 78, "server"};
    const format::Task executed{77, 77, 78, "cgi"};
    const format::Task renamed{77, 77, 78, "cgi: busy"};
    format::ProcessRecord program = process_record(executed, "cgi\0"sv, "QUERY=1\0"sv);
    program.time_ns = 4 * kMs;
    program.exec_id = 2;
    FakeCapture capture;
    capture.add(process_record(parent, "server\0"sv, "A=1\0"sv))
        .add(process_record(child, "child\0"sv, "A=1\0"sv))
        .add(server.received(1 * kMs, get("/a")))
        .add(server.sent(2 * kMs, "HTTP/1.1 200 OK\r\n"));
    server.task = child;
    capture.add(server.sent(3 * kMs, "Content-Length: 3\r\n\r\n"));
    server.task = executed;
    capture.add(program).add(server.sent(4 * kMs, "a"));
    server.task = renamed;
    capture.add(server.sent(5 * kMs, "b"));
    server.task = parent;
    capture.add(server.sent(6 * kMs, "c"));
    read(capture);
    EXPECT_EQ(finish().processes, 3u);
    ASSERT_THAT(events(), ElementsAre("1:/a", "1=abc"));
    EXPECT_THAT(emitter_.events[0].message.others, IsEmpty());
    EXPECT_THAT(emitter_.events[1].message.others,
                ElementsAre(Origin{3 * kMs, 77, 78, "server"}, Origin{4 * kMs, 77, 78, "cgi"}));
    ASSERT_EQ(emitter_.processes.size(), 3u);
    EXPECT_EQ(emitter_.processes[0].arguments, "server\0"sv);
    EXPECT_EQ(emitter_.processes[1].arguments, "child\0"sv);
    EXPECT_EQ(emitter_.processes[2].environment, "QUERY=1\0"sv);
}

TEST_F(AnalyzerTest, ProcessThatSpokeNoHttpIsNotReported) {
    FakeConnection client(1);
    FakeConnection silent(2);
    silent.task.pid = 300;
    FakeCapture capture;
    capture.add(process_record(silent.task, "silent\0"sv, ""))
        .add(silent.sent(1 * kMs, "SSH-2.0-x\r\n"))
        .add(client.sent(2 * kMs, get("/a")));
    read(capture);
    const Summary summary = finish();
    EXPECT_EQ(summary.processes, 1u);
    EXPECT_EQ(summary.tally.not_http_bytes, 11u);
}

TEST_F(AnalyzerTest, NextSegmentContinuesTheCapture) {
    FakeConnection client;
    FakeCapture first;
    first.add(client.sent(1 * kMs, get("/a")));
    FakeCapture second;
    second.add(client.received(2 * kMs, answer("A")));
    read(first);
    read(second);
    EXPECT_EQ(finish().requests_without_response, 0u);
    EXPECT_EQ(emitter_.events[1].event.exchange, 1u);
}

TEST_F(AnalyzerTest, AnotherCaptureIsNotMixedIn) {
    FakeConnection client;
    FakeConnection same_ids;
    FakeCapture first("one", "boot one");
    first.clock(0, kEpochNs).add(client.sent(5 * kMs, get("/a")));
    FakeCapture second("two", "boot two");
    second.clock(0, 2 * kEpochNs).add(same_ids.received(2 * kMs, answer("A")));
    read(first);
    read(second);
    const Summary summary = finish();
    EXPECT_THAT(events(), ElementsAre("1:/a", "2=A"));
    EXPECT_EQ(summary.requests_without_response, 1u);
    EXPECT_EQ(summary.responses_without_request, 1u);
    EXPECT_EQ(summary.processes, 2u);  // pid and start mean something in one boot only
    EXPECT_EQ(emitter_.events[1].event.realtime_ns, 2 * kEpochNs + 2'000'000);
}

TEST_F(AnalyzerTest, LossesAreTheLastOnesOfEachCapture) {
    const auto with_losses = [](FakeCapture capture, std::uint64_t early, std::uint64_t late) {
        format::Stats stats;
        stats.lost = {{"ring-full", early, 10}};
        capture.add(format::FrameContent(stats));
        stats.lost = {{"ring-full", late, 20}, {"state-full", 0, 0}};
        return capture.add(format::FrameContent(format::End{"interrupted", stats, {}}));
    };
    read(with_losses(FakeCapture("one"), 1, 3));
    read(with_losses(FakeCapture("two"), 2, 4));
    const Summary summary = finish();
    ASSERT_EQ(summary.lost.size(), 1u);
    EXPECT_EQ(summary.lost.at("ring-full").records, 7u);
    EXPECT_EQ(summary.lost.at("ring-full").bytes, 40u);
}

TEST_F(AnalyzerTest, CountsWhatItCouldNotRead) {
    FakeCapture capture;
    capture.add(format::FrameContent(format::Damage{77, 5, "bad digest"}))
        .add(format::FrameContent(format::UnknownFrame{200}))
        .add(format::FrameContent(
            format::RecordBatch{.records = {format::MalformedRecord{0, "too short"},
                                            format::MalformedRecord{~0ULL, "bad type"}},
                                .bytes = {},
                                .message = nullptr,
                                .joined_columns = nullptr}));
    read(capture);
    const Summary summary = finish();
    ASSERT_EQ(summary.damage.size(), 1u);
    EXPECT_EQ(summary.damage[0].damage.what, "bad digest");
    EXPECT_EQ(summary.damaged_places, 1u);
    EXPECT_EQ(summary.unknown_frames, 1u);
    EXPECT_EQ(summary.malformed_records, 2u);
}

TEST_F(AnalyzerTest, ManyDamagedPlacesAreCountedAndTheFirstListed) {
    FakeCapture capture;
    for (std::uint64_t i = 0; i < 5000; ++i)
        capture.add(format::FrameContent(format::Damage{i, 1, "bad digest"}));
    read(capture);
    const Summary summary = finish();
    EXPECT_EQ(summary.damaged_places, 5000u);
    ASSERT_EQ(summary.damage.size(), Summary::kMostDamageListed);
    EXPECT_EQ(summary.damage.back().damage.offset, Summary::kMostDamageListed - 1);
}

TEST_F(AnalyzerTest, WhatCameBeforeAnErrorIsEmitted) {
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.sent(1 * kMs, get("/a")));
    FakeSource source(capture, Error{"disk on fire"});
    const auto result = analyzer_.read(source);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().message, "disk on fire");
    finish();
    EXPECT_THAT(events(), ElementsAre("1:/a"));
}

TEST_F(AnalyzerTest, ErrorOfAnEmitterEndsTheAnalysis) {
    class FullDisk final : public Emitter {
      public:
        Result<void> event(const Event&) override { return Error{"disk is full"}; }
        Result<void> flush() override { return {}; }
        Result<void> process(const ProcessReport&) override { return {}; }
        Result<void> finish() override { return {}; }
    };
    FullDisk full;
    Analyzer analyzer({&full});
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.sent(1 * kMs, get("/a")));
    FakeSource source(capture);
    EXPECT_TRUE(analyzer.read(source).ok());
    const auto summary = analyzer.finish();
    ASSERT_FALSE(summary.ok());
    EXPECT_EQ(summary.error().message, "disk is full");
}

TEST_F(AnalyzerTest, TimesThatJumpDoNotStopIt) {
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.sent(~std::uint64_t{0}, get("/late")))
        .add(client.sent(0, get("/early")))
        .add(client.received(1, answer("A")));
    read(capture);
    EXPECT_EQ(finish().requests, 2u);
}

}  // namespace
}  // namespace httpprof::replay
