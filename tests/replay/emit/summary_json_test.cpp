#include "replay/emit/summary_json.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/replay/made_message.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using nlohmann::json;
using test::FakeCapture;
using test::FakeConnection;
using test::FakeSource;
using test::kMs;
using ::testing::ElementsAre;

std::string request(const std::string& start, const std::string& host) {
    return start + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
}

std::string response(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status + " x\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

// The summary of a whole analysis.
json summary_of(const FakeCapture& capture) {
    TrafficEmitter traffic;
    Analyzer analyzer({&traffic}, {.join_responses = true});
    FakeSource source(capture);
    EXPECT_TRUE(analyzer.read(source).ok());
    const auto summary = analyzer.finish();
    EXPECT_TRUE(summary.ok());
    return json::parse(summary_json(traffic.traffic(), *summary));
}

std::vector<std::string> members(const json& list, const std::string& name) {
    std::vector<std::string> members;
    for (const json& object : list)
        members.push_back(object.at(name));
    return members;
}

// Both ends of a connection, where the server's clock sees each exchange in half the time.
class TwoEnds {
  public:
    TwoEnds() : client_(1, 50000), server_(2, 80) { server_.task.pid = client_.task.pid + 1; }

    void exchange(std::uint64_t at_ms, const std::string& question, const std::string& answer,
                  std::uint64_t latency_ms) {
        const std::uint64_t at = at_ms * kMs;
        const std::uint64_t latency = latency_ms * kMs;
        capture.add(client_.sent(at, question))
            .add(server_.received(at + latency / 4, question))
            .add(server_.sent(at + latency * 3 / 4, answer))
            .add(client_.received(at + latency, answer));
    }

    FakeCapture capture;

  private:
    FakeConnection client_;
    FakeConnection server_;
};

TEST(SummaryJsonTest, EmptyCapture) {
    json summary = summary_of(FakeCapture());
    EXPECT_EQ(summary["totals"]["events"], 0);
    EXPECT_FALSE(summary["totals"].contains("client"));
    EXPECT_EQ(summary["routes"], json::array());
    EXPECT_EQ(summary["capture"]["complete"], true);
}

TEST(SummaryJsonTest, SidesAreCountedApart) {
    TwoEnds ends;
    ends.exchange(100, request("GET /users/1", "H:80"), response("200", "A"), 4);
    ends.exchange(200, request("GET /users/2", "h:80"), response("503", "busy"), 8);
    ends.exchange(300, request("POST /users", "h:80"), response("404", ""), 12);
    json summary = summary_of(ends.capture);

    json& totals = summary["totals"];
    EXPECT_EQ(totals["events"], 12);
    EXPECT_EQ(totals["requests"], 6);
    EXPECT_EQ(totals["exchanges"], 6);
    EXPECT_EQ(totals["connections"], 2);
    EXPECT_EQ(totals["processes"], 2);
    EXPECT_EQ(totals["errors"], 4);
    EXPECT_EQ(totals["status_classes"], json::parse(R"({"2xx":2,"4xx":2,"5xx":2})"));
    EXPECT_EQ(totals["client"]["requests"], 3);
    EXPECT_EQ(totals["client"]["latency_ns"], (json{{"count", 3},
                                                    {"p50", 8 * kMs},
                                                    {"p90", 12 * kMs},
                                                    {"p99", 12 * kMs},
                                                    {"max", 12 * kMs}}));
    EXPECT_EQ(totals["server"]["latency_ns"]["p50"], 4 * kMs);
    EXPECT_EQ(totals["server"]["latency_ns"]["max"], 6 * kMs);

    EXPECT_THAT(members(summary["methods"], "method"), ElementsAre("GET", "POST"));
    EXPECT_THAT(members(summary["hosts"], "host"), ElementsAre("h:80"));
    EXPECT_THAT(members(summary["routes"], "path"), ElementsAre("/users/{id}", "/users"));
    json& route = summary["routes"][0]["client"];
    EXPECT_EQ(route["exchanges"], 2);
    EXPECT_EQ(route["errors"], 1);
    EXPECT_EQ(route["latency_ns"]["p50"], 4 * kMs);
    EXPECT_EQ(route["latency_ns"]["max"], 8 * kMs);
    EXPECT_FALSE(summary.contains("other_routes"));

    ASSERT_EQ(summary["processes"].size(), 2u);
    EXPECT_TRUE(summary["processes"][0].contains("client"));
    EXPECT_FALSE(summary["processes"][0].contains("server"));
    EXPECT_EQ(summary["processes"][1]["server"]["responses"], 3);
}

TEST(SummaryJsonTest, BytesAreThoseOfTheMessages) {
    const std::string question = request("GET /", "h");
    const std::string answer = response("200", "body");
    TwoEnds ends;
    ends.exchange(100, question, answer, 4);
    json summary = summary_of(ends.capture);
    EXPECT_EQ(summary["totals"]["client"]["bytes"], question.size() + answer.size());
    EXPECT_EQ(summary["routes"][0]["server"]["bytes"], question.size() + answer.size());
}

TEST(SummaryJsonTest, WithoutAnswerAndWithoutQuestion) {
    FakeConnection asks(1, 50001);
    FakeConnection answers(2, 50002);
    FakeCapture capture;
    capture.add(asks.sent(100 * kMs, request("GET /a", "h")))
        .add(answers.received(200 * kMs, response("200", "")));
    json summary = summary_of(capture);
    json& client = summary["totals"]["client"];
    EXPECT_EQ(client["requests_without_response"], 1);
    EXPECT_EQ(client["responses_without_request"], 1);
    EXPECT_EQ(client["exchanges"], 0);
    EXPECT_FALSE(client.contains("latency_ns"));
    EXPECT_EQ(summary["methods"].size(), 1u);
    EXPECT_EQ(
        summary["anomalies"],
        json::parse(R"([{"id":"response-without-request","severity":"capture","messages":1}])"));
}

TEST(SummaryJsonTest, InterimResponsesAreNoExchangesAndHaveNoLatency) {
    TwoEnds ends;
    ends.exchange(100, request("GET /", "h"), "HTTP/1.1 100 Continue\r\n\r\n" + response("200", ""),
                  4);
    json summary = summary_of(ends.capture);
    json& client = summary["totals"]["client"];
    EXPECT_EQ(client["responses"], 2);
    EXPECT_EQ(client["exchanges"], 1);
    EXPECT_EQ(client["status_classes"], json::parse(R"({"1xx":1,"2xx":1})"));
    EXPECT_EQ(client["latency_ns"]["count"], 1);
}

TEST(SummaryJsonTest, SevereAnomaliesComeFirst) {
    TwoEnds ends;
    for (std::uint64_t i = 0; i < 3; ++i)
        ends.exchange(100 + i, "GET / HTTP/1.1\nHost: h\n\n", response("200", ""), 1);
    ends.exchange(200, "GET / HTTP/1.1\r\nHost: h\r\nX: \x01\r\n\r\n", response("200", ""), 1);
    json summary = summary_of(ends.capture);
    EXPECT_THAT(members(summary["anomalies"], "id"), ElementsAre("control-character", "bare-lf"));
    EXPECT_EQ(summary["anomalies"][0]["messages"], 2);
    EXPECT_EQ(summary["anomalies"][1]["messages"], 6);
}

TEST(SummaryJsonTest, MoreRoutesThanThereIsRoomForShareAnEntry) {
    Traffic traffic;
    Event event;
    event.process = std::make_shared<Process>();
    for (int i = 0; i < 10'000; ++i) {
        auto message = std::make_shared<Message>();
        const std::string name = std::to_string(i);
        message->method = test::add_raw(*message, "M" + name);
        message->target = test::add_raw(*message, "/x" + name);
        test::add_field(*message, message->fields, "Host", "h" + name);
        event.message = message;
        traffic.add(event);
    }
    json summary = json::parse(summary_json(traffic, {}));
    for (const char* name : {"methods", "hosts", "routes"}) {
        const std::size_t listed = summary[name].size();
        EXPECT_GE(listed, 100u) << name;
        EXPECT_LE(listed, 2'000u) << name;
        json& other = summary["other_" + std::string(name)];
        EXPECT_EQ(other["client"]["requests"], 10'000 - listed) << name;
    }
    EXPECT_EQ(summary["totals"]["requests"], 10'000);
}

TEST(SummaryJsonTest, WhatTheSourcesLostIsSaid) {
    format::End end{.reason = "interrupted", .stats = {}};
    end.changes = {{"unreadable", 1, 50}, {"redacted-header", 2, 30}, {"malformed", 0, 0}};
    FakeCapture capture;
    capture.add(end);
    const json summary = summary_of(capture);
    EXPECT_EQ(summary["capture"]["complete"], false);
    EXPECT_EQ(summary["capture"]["changes"],
              json::parse(R"([{"cause":"redacted-header","records":2,"bytes":30},
                              {"cause":"unreadable","records":1,"bytes":50}])"));
}

TEST(SummaryJsonTest, LossesAreThoseOfTheAnalysis) {
    Summary summary;
    summary.lost["ring-full"] = {3, 400};
    summary.left_out["kernel-tls"] = {5, 60};
    summary.tally.missing(format::MissingCause::sendfile, 5);
    summary.damaged_places = 2;
    summary.missing_segments = {{.first = 1, .last = 2, .before = "a.000003.httpprof"}};
    summary.damage.push_back({{100, 20, "not \xFF a frame"}});
    summary.damage.push_back({{7, 0, "cut"}, "b.httpprof"});
    summary.malformed_records = 1;
    summary.unknown_frames = 2;
    summary.io_uring.emplace(7, "ring");
    summary.more_io_uring = 2;
    summary.tally.unparsed["HTTP/2"] = {1, 24};
    summary.tally.not_http_bytes = 8;
    NotHttpPlaces::Last last;
    summary.tally.not_http_places.add(last, {3, format::Direction::recv, {}, {}, 40, 8});
    summary.tally.opaque("websocket") = 9;
    summary.tally.proxy_header_bytes = 11;
    summary.tally.duplicate_bytes = 10;
    summary.tally.given_up_connections = 4;
    summary.undated = 12;
    json capture = json::parse(summary_json({}, summary))["capture"];
    EXPECT_EQ(capture["complete"], false);
    EXPECT_EQ(capture["lost"], json::parse(R"([{"cause":"ring-full","records":3,"bytes":400}])"));
    EXPECT_EQ(capture["left_out"],
              json::parse(R"([{"cause":"kernel-tls","records":5,"bytes":60}])"));
    EXPECT_EQ(capture["missing"], json::parse(R"([{"cause":"sendfile","bytes":5}])"));
    EXPECT_EQ(capture["damaged_places"], 2);
    EXPECT_EQ(capture["missing_segments"],
              nlohmann::json::parse(R"([{"first": 1, "last": 2, "before": "a.000003.httpprof"}])"));
    EXPECT_FALSE(capture["damage"][0].contains("file"));
    EXPECT_EQ(capture["damage"][1]["file"], "b.httpprof");
    EXPECT_EQ(capture["damage"][0]["offset"], 100);
    EXPECT_EQ(capture["damage"][0]["size"], 20);
    EXPECT_EQ(capture["damage"][0]["what"], "not \xC3\xBF a frame");
    EXPECT_EQ(capture["malformed_records"], 1);
    EXPECT_EQ(capture["unknown_frames"], 2);
    EXPECT_EQ(capture["io_uring_processes"], 3);
    EXPECT_EQ(capture["io_uring"], json::parse(R"([{"pid":7,"comm":"ring"}])"));
    EXPECT_EQ(capture["not_analyzed"],
              json::parse(R"([{"protocol":"HTTP/2","connections":1,"bytes":24}])"));
    EXPECT_EQ(capture["not_http_bytes"], 8);
    EXPECT_EQ(capture["not_http_places"], 1);
    EXPECT_EQ(capture["not_http"], json::parse(R"([{"connection":3,"direction":"recv",
        "source_ip":"::","source_port":0,"dest_ip":"::","dest_port":0,"offset":40,"bytes":8}])"));
    EXPECT_EQ(capture["opaque"], json::parse(R"([{"protocol":"websocket","bytes":9}])"));
    EXPECT_EQ(capture["proxy_header_bytes"], 11);
    EXPECT_EQ(capture["duplicate_bytes"], 10);
    EXPECT_EQ(capture["given_up_connections"], 4);
    EXPECT_EQ(capture["undated"], 12);
}

}  // namespace
}  // namespace httpprof::replay
