#include "replay/emit/report/report_emitter.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/emit/report/page.h"
#include "tests/replay/analyzed.h"
#include "tests/replay/http_text.h"

namespace httpprof::replay {
namespace {

using namespace std::string_literals;
using Json = nlohmann::ordered_json;
using test::answer;
using test::FakeCapture;
using test::FakeConnection;
using test::get;
using test::kMs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// The texts of the blocks of a kind.
std::vector<std::string> blocks(const std::string& report, const std::string& kind) {
    const std::string start = "data-httpprof=\"" + kind + "\">";
    std::vector<std::string> blocks;
    for (std::size_t at = report.find(start); at != report.npos; at = report.find(start, at)) {
        at += start.size();
        blocks.push_back(report.substr(at, report.find("</script>", at) - at));
    }
    return blocks;
}

// Of both lines of each message.
std::vector<Json> messages(const std::string& report) {
    std::vector<Json> messages;
    for (const std::string& block : blocks(report, "messages")) {
        std::istringstream lines(block);
        for (std::string first, second;
             std::getline(lines, first) && std::getline(lines, second);) {
            messages.push_back(Json::parse(first));
            messages.back().update(Json::parse(second));
        }
    }
    return messages;
}

Json single(const std::string& report, const std::string& kind) {
    const auto found = blocks(report, kind);
    EXPECT_THAT(found, SizeIs(1)) << kind;
    return Json::parse(found.at(0));
}

FakeCapture one_exchange(FakeConnection& client, const std::string& request,
                         const std::string& response) {
    FakeCapture capture;
    capture.clock(0, 1'700'000'000'000'000'000)
        .add(client.sent(10 * kMs, request))
        .add(client.received(12 * kMs, response))
        .add(client.close(13 * kMs));
    return capture;
}

TEST(Report, IsThePageAroundItsBlocks) {
    FakeConnection client;
    const std::string report = test::analyzed<ReportEmitter>(
        one_exchange(client, get("/a"), answer("A")), ReportOptions());
    const std::string_view head = report_page_head();
    const std::string_view tail = report_page_tail();
    ASSERT_GT(report.size(), head.size() + tail.size());
    EXPECT_TRUE(report.starts_with(head));
    EXPECT_TRUE(report.ends_with(tail));
    std::vector<std::string> kinds;
    const std::string mark = "data-httpprof=\"";
    for (std::size_t at = head.size();
         (at = report.find(mark, at)) < report.size() - tail.size();) {
        at += mark.size();
        kinds.push_back(report.substr(at, report.find('"', at) - at));
    }
    EXPECT_THAT(kinds, ElementsAre("messages", "peers", "processes", "capture"));
}

TEST(Report, MessagesHaveWhatThePageShows) {
    FakeConnection client;
    const auto list = messages(test::analyzed<ReportEmitter>(
        one_exchange(client, get("/a"), answer("A", "Content-Type: text/plain\r\n")),
        ReportOptions()));
    ASSERT_THAT(list, SizeIs(2));
    EXPECT_EQ(list[0], Json::parse(R"({
        "timestamp":"2023-11-14T22:13:20.010000000Z","pid":100,"comm":"client","direction":"send",
        "source_ip":"10.0.0.1","source_port":50000,"dest_ip":"10.0.0.2","dest_port":80,
        "connection":1,"exchange":"1.1","bytes":28,"http_version":"1.1","method":"GET","url":"/a",
        "duration_ns":0,"side":"client","process":0,"authority":"h",
        "headers":[["Host","h"]],"raw_payload":"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"})"));
    EXPECT_EQ(list[1]["status_code"], 200);
    EXPECT_EQ(list[1]["latency_ns"], 2'000'000);
    EXPECT_EQ(list[1]["content_type"], "text/plain");
    EXPECT_EQ(list[1]["body_size"], 1);
    EXPECT_EQ(list[1]["body_offset"], 64);
    EXPECT_FALSE(list[1].contains("body"));
    EXPECT_FALSE(list[1].contains("body_left_out"));
}

TEST(Report, NothingCanEndABlock) {
    FakeConnection client;
    client.task.comm = "</script>";
    const std::string hostile = "<!--<script>\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA</script>";
    const std::string report =
        test::analyzed<ReportEmitter>(one_exchange(client, get("/" + hostile), answer(hostile)),
                                      ReportOptions{.files = {hostile}, .notes = {hostile}});
    for (const char* kind : {"messages", "processes", "capture"}) {
        const auto found = blocks(report, kind);
        ASSERT_THAT(found, SizeIs(1)) << kind;
        EXPECT_THAT(found[0], Not(HasSubstr("<"))) << kind;
        EXPECT_THAT(found[0], Not(HasSubstr("\xE2\x80\xA8"))) << kind;
        EXPECT_THAT(found[0], Not(HasSubstr("\xE2\x80\xA9"))) << kind;
    }
    EXPECT_EQ(messages(report).at(0)["url"], "/" + hostile);
    EXPECT_EQ(single(report, "processes")[0]["comm"], "</script>");
    EXPECT_EQ(single(report, "capture")["notes"][0], hostile);
}

TEST(Report, LongBodiesAreCut) {
    FakeConnection client;
    const auto list = messages(test::analyzed<ReportEmitter>(
        one_exchange(client, get("/"), answer("0123456789")), ReportOptions{.max_body = 4}));
    EXPECT_EQ(list.at(1)["raw_payload"], "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123");
    EXPECT_EQ(list[1]["raw_payload_left_out"], 6);
    EXPECT_EQ(list[1]["body_offset"], 39);
    EXPECT_EQ(list[1]["body_left_out"], 6);
    EXPECT_EQ(list[1]["body_size"], 10);
}

TEST(Report, BodiesThatAreNotTheEndOfTheWireStandForThemselves) {
    FakeConnection client;
    const auto list = messages(test::analyzed<ReportEmitter>(
        one_exchange(client, get("/"),
                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "2\r\nab\r\n3\r\nc\xFF\x01\r\n0\r\nDigest: x\r\n\r\n"),
        ReportOptions{.max_body = 4}));
    EXPECT_EQ(list.at(1)["body_base64"], "YWJj/w==");
    EXPECT_EQ(list[1]["body_left_out"], 1);
    EXPECT_FALSE(list[1].contains("body_offset"));
    EXPECT_EQ(list[1]["trailers"], Json::parse(R"([["Digest","x"]])"));
}

TEST(Report, BlocksEndAfterAMegabyte) {
    FakeConnection client;
    FakeCapture capture;
    std::uint64_t time_ns = 0;
    for (int i = 0; i < 40; ++i) {
        capture.add(client.sent(time_ns += kMs, get("/" + std::to_string(i))));
        capture.add(client.received(time_ns += kMs, answer(std::string(60'000, 'x'))));
    }
    const std::string report = test::analyzed<ReportEmitter>(capture, ReportOptions());
    const auto found = blocks(report, "messages");
    EXPECT_THAT(found, SizeIs(3));
    for (const std::string& block : found)
        EXPECT_LT(block.size(), 1'200'000u);
    EXPECT_THAT(messages(report), SizeIs(80));
}

TEST(Report, ExchangesBeyondTheLimitAreCounted) {
    FakeConnection first(1, 50001);
    FakeConnection second(2, 50002);
    FakeCapture capture;
    capture.add(first.sent(1 * kMs, get("/1")))
        .add(second.sent(2 * kMs, get("/2")))
        .add(second.sent(3 * kMs, get("/3")))
        .add(second.received(4 * kMs, answer("2")))
        .add(second.received(5 * kMs, answer("3")))
        .add(first.received(6 * kMs, answer("1")))
        .add(first.sent(7 * kMs, get("/4")))
        .add(first.received(8 * kMs, answer("4")));
    const std::string report =
        test::analyzed<ReportEmitter>(capture, ReportOptions{.max_exchanges = 2});
    std::vector<std::string> exchanges;
    for (const Json& message : messages(report))
        exchanges.push_back(message["exchange"]);
    EXPECT_THAT(exchanges, ElementsAre("1.1", "2.1", "2.1", "1.1"));
    EXPECT_EQ(single(report, "capture")["exchanges_left_out"], 2);
}

TEST(Report, PeersAreTheEndsOfOneConnection) {
    FakeConnection client;
    FakeConnection server(2, 80);
    std::swap(server.socket.local, server.socket.remote);
    server.socket.local = client.socket.remote;
    server.socket.remote = client.socket.local;
    server.task.pid = 200;
    std::swap(server.next_sent, server.next_received);
    FakeCapture capture;
    capture.add(client.sent(1 * kMs, get("/")))
        .add(server.received(2 * kMs, get("/")))
        .add(server.sent(3 * kMs, answer("")))
        .add(client.received(4 * kMs, answer("")));
    const std::string report = test::analyzed<ReportEmitter>(capture, ReportOptions());
    EXPECT_EQ(single(report, "peers"), Json::parse("[[1,2]]"));
    const Json processes = single(report, "processes");
    ASSERT_THAT(processes, SizeIs(2));
    EXPECT_EQ(processes[1]["process"], 1);
    EXPECT_EQ(processes[1]["pid"], 200);
}

TEST(Report, ProcessesHaveTheirEnvironments) {
    FakeConnection client;
    format::ProcessRecord record;
    record.task = client.task;
    const std::string arguments = "client\0-v\0"s;
    const std::string environment = "A=1=2\0malformed\0\0B=\0"s;
    record.arguments = arguments;
    record.arguments_size = static_cast<std::uint32_t>(arguments.size());
    record.environment = environment;
    record.environment_size = static_cast<std::uint32_t>(environment.size());
    record.uid = 1000;
    record.namespace_pid = 7;
    record.pid_namespace = 1;
    FakeCapture capture;
    capture.clock(0, 0).add(record).add(client.sent(1 * kMs, get("/")));
    const Json process =
        single(test::analyzed<ReportEmitter>(capture, ReportOptions()), "processes").at(0);
    EXPECT_EQ(process.at("cmdline"), "client -v");
    EXPECT_EQ(process.at("uid"), 1000);
    EXPECT_EQ(process.at("ns_pid"), 7);
    EXPECT_EQ(process.at("env"), Json::parse(R"([["A","1=2"],["malformed",""],["B",""]])"));
    EXPECT_EQ(process.at("start_time"), "1970-01-01T00:00:00.000000050Z");
}

TEST(Report, TheCaptureIsSaidToBeWholeWhenItIs) {
    FakeConnection client;
    FakeCapture capture = one_exchange(client, get("/"), answer(""));
    capture.add(format::End{.reason = "interrupted", .stats = {}});
    const Json block =
        single(test::analyzed<ReportEmitter>(capture, ReportOptions{.files = {"shop.httpprof"}}),
               "capture");
    EXPECT_EQ(block, Json::parse(R"({
        "host":"fakehost","files":["shop.httpprof"],"start":"2023-11-14T22:13:20.000000000Z",
        "end":"2023-11-14T22:13:20.013000000Z","duration_ns":13000000,"records":3,
        "clean_end":true,"end_reason":"interrupted"})"));
}

TEST(Report, WhatIsLostAndDamagedIsSaid) {
    FakeConnection client;
    FakeCapture capture = one_exchange(client, get("/"), answer(""));
    format::Stats stats;
    stats.lost = {{"ring-full", 3, 4}, {"nothing", 0, 0}};
    stats.missing = {{"snaplen", 1, 70}};
    stats.left_out = {{"kernel-tls", 2, 60}, {"not-http", 5, 0}};
    capture.add(stats).add(format::Damage{.offset = 77, .size = 5, .what = "bad digest"});
    const Json block =
        single(test::analyzed<ReportEmitter>(capture, ReportOptions{.notes = {"note"}}), "capture");
    EXPECT_EQ(block["lost"], Json::parse(R"([{"cause":"ring-full","records":3,"bytes":4}])"));
    EXPECT_EQ(block["missing"], Json::parse(R"([{"cause":"snaplen","records":1,"bytes":70}])"));
    EXPECT_EQ(block["left_out"], Json::parse(R"([{"cause":"kernel-tls","records":2,"bytes":60},
                                                 {"cause":"not-http","records":5,"bytes":0}])"));
    EXPECT_EQ(block["unrecorded"], 2);
    EXPECT_EQ(block["damages"], Json::parse(R"(["at byte 77: bad digest"])"));
    EXPECT_EQ(block["notes"], Json::parse(R"(["note"])"));
    EXPECT_EQ(block["clean_end"], false);
}

TEST(Report, WhatTheSourcesLostIsSaid) {
    format::End end{.reason = "interrupted", .stats = {}};
    end.changes = {{"not-selected", 4, 400}, {"unclosed", 1, 0}, {"unreadable", 2, 50}};
    FakeCapture capture;
    capture.add(end);
    const Json block = single(test::analyzed<ReportEmitter>(capture, ReportOptions()), "capture");
    EXPECT_EQ(block["notes"], Json::parse(R"([
        "lost before, in what the capture was made of: sources not closed cleanly: 1",
        "lost before, in what the capture was made of: unreadable: 2, 50 bytes"])"));
}

TEST(Report, OfNothingHasNoMessages) {
    const std::string report = test::analyzed<ReportEmitter>(FakeCapture(), ReportOptions());
    EXPECT_THAT(messages(report), IsEmpty());
    EXPECT_EQ(single(report, "processes"), Json::array());
}

}  // namespace
}  // namespace httpprof::replay
