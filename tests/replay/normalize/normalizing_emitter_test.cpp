#include "replay/normalize/normalizing_emitter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/analyzer.h"
#include "replay/decode_stage.h"
#include "replay/emit/env_yaml.h"
#include "replay/emit/jsonl.h"
#include "tests/support/child_process.h"
#include "tests/support/fake_capture.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::replay {
namespace {

using format::Direction;
using test::FakeConnection;
using test::kMs;
using test::kSecond;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string get(const std::string& path, const std::string& fields = "Host: h\r\n") {
    return "GET " + path + " HTTP/1.1\r\n" + fields + "\r\n";
}

std::string answer(const std::string& body, const std::string& fields = "") {
    return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

struct Program {
    std::string arguments;  // NUL-terminated strings
    std::uint32_t number = 0;
};

// Both ends of a connection.
struct Ends {
    FakeConnection client;
    FakeConnection server;
};

// A recording made by hand. What a recording has by chance follows from `chance`.
class MadeRun {
  public:
    explicit MadeRun(std::uint32_t chance) : chance_(chance) {}

    std::uint16_t server_port() const { return static_cast<std::uint16_t>(40000 + chance_); }

    Ends& connect(const Program& client, const Program& server, std::uint16_t port = 80) {
        Ends& ends = ends_.emplace_back(Ends{FakeConnection(inode_), FakeConnection(inode_ + 1)});
        inode_ += 2 + chance_ % 3;
        ends.client.socket.local.port = static_cast<std::uint16_t>(50000 + inode_ * 7 + chance_);
        ends.client.socket.remote.port = port;
        ends.server.socket.local = ends.client.socket.remote;
        ends.server.socket.remote = ends.client.socket.local;
        std::swap(ends.server.next_sent, ends.server.next_received);
        ends.client.task = task_of(client);
        ends.server.task = task_of(server);
        return ends;
    }

    // At `time` in milliseconds. The ends see the messages `skew` nanoseconds apart.
    void exchange(Ends& ends, std::uint64_t time, const std::string& request,
                  const std::string& response, int skew = 100) {
        const std::uint64_t sent = start() + time * kMs;
        const std::uint64_t answered = sent + kMs / 4 + chance_;
        add(ends.client.sent(sent, request));
        add(ends.server.received(sent + static_cast<std::uint64_t>(skew), request));
        add(ends.server.sent(answered, response.substr(0, 10)));
        add(ends.server.sent(answered + chance_, response.substr(10)));
        add(ends.client.received(answered + static_cast<std::uint64_t>(skew), response));
    }

    // The rest of the response comes from another process.
    void exchange_by_two(Ends& ends, const Program& second, const std::string& request,
                         const std::string& response) {
        add(ends.server.received(start(), request));
        add(ends.server.sent(start() + kMs, response.substr(0, 10)));
        ends.server.task = task_of(second);
        add(ends.server.sent(start() + 2 * kMs, response.substr(10)));
    }

    struct Outputs {
        std::string events;
        std::string environments;
        bool operator==(const Outputs&) const = default;
    };

    Outputs normalized(NormalizeOptions options = {}, unsigned jobs = 1) {
        const test::TemporaryDirectory folder;
        const std::string events = folder.path() / "events";
        const std::string environments = folder.path() / "environments";
        auto events_output = Output::open(events);
        auto environments_output = Output::open(environments);
        JsonlEmitter jsonl(*events_output);
        EnvYamlEmitter yaml(*environments_output, {});
        NormalizingEmitter emitter({&jsonl, &yaml}, std::move(options));
        const DecodeStage decode;
        Analyzer analyzer({&emitter}, {.jobs = jobs, .stages = {&decode}});
        const test::FakeCapture capture = made_capture();
        test::FakeSource source(capture);
        EXPECT_TRUE(analyzer.read(source).ok());
        EXPECT_TRUE(analyzer.finish().ok());
        return {test::read_file(events), test::read_file(environments)};
    }

    std::vector<nlohmann::json> events(NormalizeOptions options = {}) {
        std::vector<nlohmann::json> events;
        std::istringstream lines(normalized(std::move(options)).events);
        for (std::string line; std::getline(lines, line);)
            events.push_back(nlohmann::json::parse(line));
        return events;
    }

  private:
    std::uint64_t start() const { return kSecond * (5 + chance_); }
    void add(const format::Record& record) { records_.push_back(record); }

    format::Task task_of(const Program& program) {
        const std::uint32_t pid = 1000 + program.number * 3 + chance_;
        format::Task task{pid, pid, 50 + pid, "thread"};
        format::ProcessRecord record;
        record.time_ns = 1;
        record.task = task;
        record.arguments = names_.emplace_back(program.arguments);
        record.arguments_size = static_cast<std::uint32_t>(record.arguments.size());
        record.environment =
            names_.emplace_back("INVOCATION_ID=" + std::to_string(pid) + std::string("\0B=1\0", 5));
        record.environment_size = static_cast<std::uint32_t>(record.environment.size());
        record.pid_namespace = 7 + chance_;
        record.uid = 33;
        record.namespace_pid = pid;
        processes_.push_back(record);
        return task;
    }

    test::FakeCapture made_capture() {
        test::FakeCapture capture("capture" + std::to_string(chance_));
        capture.clock(0, 1'700'000'000'000'000'000 + chance_ * 1'000'000'007);
        for (const auto& process : processes_)
            capture.add(format::Record(process));
        std::ranges::stable_sort(records_, {}, format::time_of);
        for (const format::Record& record : records_)
            capture.add(record);
        return capture;
    }

    const std::uint32_t chance_;
    std::uint64_t inode_ = 1;
    std::deque<Ends> ends_;
    std::deque<std::string> names_;
    std::vector<format::Record> records_;
    std::vector<format::ProcessRecord> processes_;
};

const Program kClient{std::string("curl\0", 5), 1};
const Program kServer{std::string("server\0", 7), 2};

MadeRun::Outputs two_in_turn(std::uint32_t chance, int skew, unsigned jobs = 1) {
    MadeRun run(chance);
    Ends& first = run.connect(kClient, kServer);
    run.exchange(first, 0, get("/b"), answer("b"), skew);
    run.exchange(first, 1, get("/a"), answer("a"), -skew);
    Ends& second = run.connect(kClient, kServer);
    run.exchange(second, 2, get("/a"), answer("A"), skew);
    return run.normalized({}, jobs);
}

TEST(NormalizingEmitterTest, WhatARunHasByChanceDoesNotMatter) {
    const auto a = two_in_turn(0, 100);
    EXPECT_EQ(std::ranges::count(a.events, '\n'), 12);
    for (const auto& b :
         {two_in_turn(0, -100), two_in_turn(3, 100), two_in_turn(11, -5), two_in_turn(0, 100, 4)}) {
        EXPECT_EQ(a.events, b.events);
        EXPECT_EQ(a.environments, b.environments);
    }
}

TEST(NormalizingEmitterTest, WhatIsSaidMatters) {
    const auto said = [](const std::string& body) {
        MadeRun run(0);
        run.exchange(run.connect(kClient, kServer), 0, get("/"), answer(body));
        return run.normalized().events;
    };
    EXPECT_EQ(said("a"), said("a"));
    EXPECT_NE(said("a"), said("b"));
}

// Nor do ports in what they say, which the order must not follow.
TEST(NormalizingEmitterTest, TheOrderOfConnectionsToEphemeralPortsDoesNotMatter) {
    const auto in_order = [](std::uint32_t chance, std::vector<std::string> bodies) {
        MadeRun run(chance);
        const std::string host = "Host: h:" + std::to_string(run.server_port()) + "\r\n";
        std::uint64_t time = 0;
        for (const std::string& body : bodies) {
            Ends& ends = run.connect(kClient, kServer, run.server_port());
            run.exchange(ends, time++, get("/", host), answer(body));
        }
        return run.normalized();
    };
    const auto a = in_order(0, {"1", "2", "3", "4", "5", "6"});
    for (const std::uint32_t chance : {1u, 2u, 3u})
        EXPECT_EQ(a, in_order(chance, {"6", "5", "4", "3", "2", "1"}));
}

// The connections of parallel clients, of which any may be the first.
TEST(NormalizingEmitterTest, TheOrderOfConnectionsDoesNotMatter) {
    const auto in_order = [](std::uint32_t chance, std::vector<std::string> paths) {
        MadeRun run(chance);
        std::uint64_t time = 0;
        for (const std::string& path : paths) {
            Ends& ends = run.connect(kClient, kServer);
            run.exchange(ends, time++, get("/start"), answer("ok"));
            run.exchange(ends, time + 5, get(path), answer(path));
        }
        return run.normalized();
    };
    const auto a = in_order(0, {"/1", "/2", "/3", "/4", "/4"});
    EXPECT_EQ(a, in_order(1, {"/4", "/2", "/1", "/4", "/3"}));
    EXPECT_EQ(a, in_order(2, {"/4", "/4", "/3", "/2", "/1"}));
}

TEST(NormalizingEmitterTest, WhichWorkerAnswersDoesNotMatter) {
    const auto answered_by = [](std::uint32_t first, std::uint32_t second) {
        MadeRun run(first);
        run.exchange(run.connect(kClient, {kServer.arguments, first}), 0, get("/1"), answer("a"));
        run.exchange(run.connect(kClient, {kServer.arguments, second}), 1, get("/2"), answer("b"));
        return run.normalized();
    };
    EXPECT_EQ(answered_by(5, 6), answered_by(5, 5));
    EXPECT_EQ(answered_by(5, 6), answered_by(6, 5));
}

TEST(NormalizingEmitterTest, PutsOrdinalsInPlace) {
    MadeRun run(3);
    run.exchange(run.connect(kServer, kClient), 5, get("/2"), answer("b"));
    run.exchange(run.connect(kClient, kServer), 9, get("/1"), answer("a"));
    const auto events = run.events();
    ASSERT_EQ(events.size(), 8u);
    const std::vector<std::string> directions = {"send", "recv", "recv", "send"};
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto& event = events[i];
        EXPECT_EQ(event["timestamp"], "1970-01-01T00:00:00.00000000" + std::to_string(i + 1) + "Z");
        EXPECT_EQ(event["host"], "host-1");
        const bool is_client = i % 2 == 0;
        EXPECT_EQ(event["cmdline"], (i < 4) == is_client ? "curl" : "server");
        EXPECT_EQ(event["pid"], (i < 4) == is_client ? 1 : 2);
        EXPECT_EQ(event["connection"], (i < 4 ? 1 : 3) + (is_client ? 0 : 1));
        EXPECT_EQ(event["exchange"], std::to_string(int{event["connection"]}) + ".1");
        const bool is_request = i % 4 < 2;
        EXPECT_EQ(event["direction"], is_client == is_request ? "send" : "recv");
        EXPECT_EQ(event[is_request ? "source_port" : "dest_port"], i < 4 ? 1 : 2);
        EXPECT_EQ(event[is_request ? "dest_port" : "source_port"], 80);
        EXPECT_EQ(event[is_request ? "source_ip" : "dest_ip"], "10.0.0.1");
        for (const char* name : {"latency_ns", "duration_ns", "ns_pid"})
            EXPECT_FALSE(event.contains(name)) << name;
    }
}

TEST(NormalizingEmitterTest, ReplacesHeaderFieldsWhereverTheyAreShown) {
    const std::string fields =
        "Date: Tue, 14 Nov 2023 22:13:25 GMT\r\nX-Id: 4711\r\nX-Other: 1\r\n";
    MadeRun run(0);
    run.exchange(run.connect(kClient, kServer), 0, get("/"), answer("a", fields));
    const auto event = run.events({.headers = {"x-id"}})[2];
    const std::string raw =
        answer("a", "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nX-Id: normalized\r\nX-Other: 1\r\n");
    EXPECT_EQ(event["raw_payload"], raw);
    EXPECT_EQ(event["bytes"], raw.size());
    EXPECT_EQ(event["headers"]["X-Id"], "normalized");
    EXPECT_EQ(event["headers"]["Date"], "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(event["headers"]["X-Other"], "1");
    EXPECT_EQ(event["body"], "a");
}

TEST(NormalizingEmitterTest, ReplacesAFieldOfSeveralLines) {
    MadeRun run(0);
    run.exchange(run.connect(kClient, kServer), 0, get("/"), answer("a", "X-Id: 1\r\n 2\r\n"));
    const auto event = run.events({.headers = {"X-Id"}})[2];
    EXPECT_EQ(event["headers"]["X-Id"], "normalized");
    EXPECT_EQ(event["raw_payload"], answer("a", "X-Id: normalized\r\n"));
}

const Program kCgi{std::string("/cgi\0", 5), 8};
const Program kOther{std::string("/other\0", 7), 9};

TEST(NormalizingEmitterTest, NumbersProcessesThatBeganNoMessage) {
    const auto run_of = [](std::uint32_t chance) {
        MadeRun run(chance);
        for (const Program& program :
             chance == 0 ? std::array{kCgi, kOther} : std::array{kOther, kCgi})
            run.exchange_by_two(run.connect(kClient, kServer), program, get("/"), answer("a"));
        return run;
    };
    const auto a = run_of(0).normalized();
    EXPECT_THAT(a.environments, ContainsRegex("pid: 2\nenv[^-]*cmdline: \"/cgi\""));
    EXPECT_THAT(a.environments, ContainsRegex("pid: 3\nenv[^-]*cmdline: \"/other\""));
    EXPECT_THAT(a.events, Not(HasSubstr("other_processes")));
    EXPECT_EQ(a, run_of(1).normalized());
}

TEST(NormalizingEmitterTest, ResetsTheClockInDecodedBodies) {
    Event event;
    event.message = std::make_shared<Message>();
    event.message->decoded = "at 2023-11-14T22:13:20Z";
    event.process = std::make_shared<const Process>();
    event.realtime_ns = 1'700'000'000'000'000'000;
    EXPECT_EQ(EventNormalizer({}).normalized(event).decoded, "at 1970-01-01T00:00:00Z");
    EXPECT_EQ(event.message->decoded, "at 2023-11-14T22:13:20Z");
}

TEST(NormalizingEmitterTest, ResetsTheClockOfAStreamToItsEnd) {
    Event event;
    event.message = std::make_shared<Message>();
    event.message->raw = "2023-11-14T22:14:20Z 2023-11-14T23:14:20Z 2023-11-14T23:14:21Z";
    event.message->first.time_ns = 5 * kSecond;
    event.message->last_time_ns = 3605 * kSecond;
    event.process = std::make_shared<const Process>();
    event.realtime_ns = 1'700'000'000'000'000'000;
    EXPECT_EQ(EventNormalizer({}).normalized(event).raw,
              "1970-01-01T00:00:00Z 1970-01-01T00:00:00Z 2023-11-14T23:14:21Z");
}

// 2023-11-14T22:13:26Z, when a run without chance says its first words, with one, two or no digits
// of the fraction, as Go leaves out the last zeros.
std::string time_of(std::uint32_t chance) {
    const char* const fractions[] = {"", ".5", ".25"};
    return "2023-11-14T22:13:2" + std::to_string(5 + chance) + fractions[chance] + "Z";
}

std::string in_chunks(const std::string& body) {
    std::array<char, 8> size{};
    const auto end = std::to_chars(size.begin(), size.end(), body.size(), 16).ptr;
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
           std::string(size.begin(), end) + "\r\n" + body + "\r\n0\r\n\r\n";
}

TEST(NormalizingEmitterTest, TheLengthOfATimeDoesNotMatter) {
    const auto run_of = [](std::uint32_t chance) {
        const std::string time = time_of(chance);
        MadeRun run(chance);
        std::vector<std::string> paths = {"/?after=" + time, "/2", "/3"};
        if (chance == 1) std::ranges::reverse(paths);  // which connection is first is chance too
        for (const std::string& path : paths) {
            Ends& ends = run.connect(kClient, kServer);
            run.exchange(ends, 0, get(path), answer("{\"at\":\"" + time + "\"}"));
            run.exchange(ends, 1, get("/"), in_chunks(time + " and " + time));
        }
        return run;
    };
    const auto a = run_of(0).normalized().events;
    EXPECT_THAT(a, HasSubstr("/?after=1970-01-01T00:00:00Z"));
    EXPECT_THAT(a, HasSubstr("Content-Length: 29"));
    EXPECT_THAT(a, HasSubstr("\\r\\n2d\\r\\n1970-01-01T00:00:00Z and 1970"));
    EXPECT_EQ(a, run_of(1).normalized().events);
    EXPECT_EQ(a, run_of(2).normalized().events);
}

TEST(NormalizingEmitterTest, WhereChunksWereCutDoesNotMatter) {
    const auto said_in = [](const std::string& chunks) {
        MadeRun run(0);
        run.exchange(
            run.connect(kClient, kServer), 0, get("/"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "\r\n0\r\n\r\n");
        return run.normalized().events;
    };
    const std::string whole = said_in("17\r\nat 2023-11-14T22:13:25Z");
    EXPECT_THAT(whole, HasSubstr("at 1970-01-01T00:00:00Z"));
    EXPECT_EQ(whole, said_in("a\r\nat 2023-11\r\nD\r\n-14T22:13:25Z"));
}

TEST(NormalizingEmitterTest, WhatATimeMakesOfACodedBodyDoesNotMatter) {
    // "at 2023-11-14T22:13:20Z" and, a second later, with a fraction.
    const auto event_of = [](const std::string& coded, const std::string& decoded) {
        Event event;
        event.message = std::make_shared<Message>();
        Message& message = *event.message;
        message.raw = "\r\n" + coded;
        message.size = message.raw.size();
        message.head_size = 2;
        message.content = {{2, static_cast<std::uint32_t>(coded.size())}};
        message.body_size = coded.size();
        message.decoded = decoded;
        event.process = std::make_shared<const Process>();
        event.realtime_ns = 1'700'000'000'000'000'000;
        return EventNormalizer({}).normalized(event);
    };
    for (const char* body : {"at 2023-11-14T22:13:20Z", "at 2023-11-14T22:13:20.5Z"}) {
        const Message message = event_of(body + 3, body);
        EXPECT_EQ(message.raw, "\r\nnormalized");
        EXPECT_EQ(message.body(), "normalized");
        EXPECT_EQ(message.body_size, 10u);
        EXPECT_EQ(message.decoded, "at 1970-01-01T00:00:00Z");
    }
    EXPECT_EQ(event_of("coded", "from h:40000").raw, "\r\nnormalized");
    EXPECT_EQ(event_of("coded", "always the same").raw, "\r\ncoded");

    // With 2023-11-14T22:13:20Z, or an hour later, as its MTIME.
    const std::string coded("\x1f\x8b\x08\0\0\xf1\x53\x65\0\3 and the rest", 23);
    EXPECT_EQ(event_of(coded, "always the same").raw, "\r\nnormalized");
    for (const auto& other : {std::string(coded).replace(4, 4, "\x10\xff\x53\x65"),
                              std::string(coded).replace(4, 4, 4, '\0'),
                              std::string(coded).replace(0, 1, "x"), coded.substr(0, 7)})
        EXPECT_EQ(event_of(other, "always the same").raw, "\r\n" + other);
}

TEST(NormalizingEmitterTest, ANumberInTheNameOfAThreadIsChance) {
    const auto comm_of = [](const std::string& comm, const std::string& arguments) {
        Process process;
        process.comm = comm;
        process.arguments = arguments;
        return EventNormalizer({}).normalized(process).comm;
    };
    EXPECT_EQ(comm_of("pool-12-th-9", "java"), "pool-0-th-0");
    EXPECT_EQ(comm_of("python3", std::string("/usr/bin/python3\0-m", 19)), "python3");
}

TEST(NormalizingEmitterTest, APortIsTheSameEverywhere) {
    const auto run_of = [](std::uint32_t chance) {
        MadeRun run(chance);
        const std::string port = std::to_string(run.server_port());
        const Program client{"curl " + port + std::string("\0", 1), 1};
        Ends& ends = run.connect(client, kServer, run.server_port());
        run.exchange(ends, 0, get("/", "Host: localhost:" + port + "\r\n"),
                     answer("from 10.0.0.1:" + std::to_string(ends.client.socket.local.port),
                            "Location: http://[::1]:" + port + "/x\r\nX-Other: h:45678\r\n"));
        return run;
    };
    const auto events = run_of(0).events();
    EXPECT_EQ(events[0]["source_port"], 2);
    EXPECT_EQ(events[0]["dest_port"], 1);
    EXPECT_EQ(events[0]["headers"]["Host"], "localhost:00001");
    EXPECT_THAT(events[0]["raw_payload"], HasSubstr("Host: localhost:00001\r\n"));
    EXPECT_EQ(events[0]["cmdline"], "curl 00001");
    EXPECT_EQ(events[2]["headers"]["Location"], "http://[::1]:00001/x");
    EXPECT_EQ(events[2]["headers"]["X-Other"], "h:45678");
    EXPECT_EQ(events[2]["body"], "from 10.0.0.1:00002");
    EXPECT_EQ(run_of(0).normalized(), run_of(9).normalized());
}

// Proxies say it to the next one, on a connection that may come before the client's own.
TEST(NormalizingEmitterTest, APortOfAClientIsTheSameOnOtherConnections) {
    for (const bool is_before : {false, true}) {
        const auto run_of = [&](std::uint32_t chance) {
            MadeRun run(chance);
            Ends& own = run.connect(is_before ? kServer : kClient, kServer);
            run.exchange(own, 0, get("/"), answer("a"));
            const std::string port = std::to_string(own.client.socket.local.port);
            run.exchange(run.connect(is_before ? kClient : kServer, kServer), 1,
                         get("/x", "Host: h\r\nX-Forwarded-For: 10.0.0.1:" + port + "\r\n"),
                         answer("b"));
            return run;
        };
        const auto events = run_of(0).events();
        EXPECT_EQ(events[is_before ? 0 : 4]["headers"]["X-Forwarded-For"],
                  is_before ? "10.0.0.1:00002" : "10.0.0.1:00001");
        EXPECT_EQ(events[is_before ? 4 : 0]["source_port"], is_before ? 2 : 1);
        EXPECT_EQ(run_of(0).normalized(), run_of(9).normalized({}, 4));
    }
}

TEST(NormalizingEmitterTest, NormalizesEnvironments) {
    MadeRun run(3);
    run.exchange(run.connect(kClient, kServer), 0, get("/"), answer("a"));
    EXPECT_EQ(run.normalized({.variables = {"B"}}).environments,
              "pid: 1\nenv:\n  INVOCATION_ID: \"normalized\"\n  B: \"normalized\"\n"
              "comm: \"thread\"\ncmdline: \"curl\"\nuid: 33\n---\n"
              "pid: 2\nenv:\n  INVOCATION_ID: \"normalized\"\n  B: \"normalized\"\n"
              "comm: \"thread\"\ncmdline: \"server\"\nuid: 33\n");
}

}  // namespace
}  // namespace httpprof::replay
