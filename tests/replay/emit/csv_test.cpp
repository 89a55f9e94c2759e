#include "replay/emit/csv.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/analyzed.h"

namespace httpprof::replay {
namespace {

using test::analyzed;
using test::FakeCapture;
using test::FakeConnection;
using test::kMs;
using ::testing::EndsWith;
using ::testing::HasSubstr;

const std::string kHeader =
    "timestamp,host,side,pid,comm,cmdline,client_ip,client_port,server_ip,server_port,connection,"
    "request_number,method,authority,url,status_code,reason,latency_ns,duration_ns,request_version,"
    "response_version,request_bytes,response_bytes,request_body_size,response_body_size,"
    "request_content_type,response_content_type,user_agent,missing_bytes,truncated,anomalies\r\n";

FakeCapture capture_of(FakeConnection& client, const std::string& request,
                       const std::string& response) {
    FakeCapture capture;
    capture.clock(0, 1'700'000'000'000'000'000);
    if (!request.empty()) capture.add(client.sent(10 * kMs, request));
    if (!response.empty()) capture.add(client.received(12 * kMs, response));
    capture.add(client.close(13 * kMs));
    return capture;
}

TEST(Csv, AnExchangeIsARow) {
    FakeConnection client;
    const std::string csv = analyzed<CsvEmitter>(
        capture_of(client,
                   "POST /a?b=c HTTP/1.1\r\nHost: shop\r\nContent-Type: text/plain\r\n"
                   "User-Agent: test\r\nContent-Length: 2\r\n\r\nhi",
                   "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_EQ(
        csv, kHeader +
                 "2023-11-14T22:13:20.010000000Z,fakehost,client,100,client,,10.0.0.1,50000,"
                 "10.0.0.2,80,1,1,POST,shop,/a?b=c,404,Not Found,2000000,2000000,HTTP/1.1,HTTP/1.0,"
                 "101,45,2,0,text/plain,,test,0,false,\r\n");
}

TEST(Csv, WhatIsNotKnownIsEmpty) {
    FakeConnection client;
    EXPECT_THAT(analyzed<CsvEmitter>(capture_of(client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "")),
                EndsWith(",GET,h,/,,,,0,HTTP/1.1,,27,,0,,,,,0,false,\r\n"));
    FakeConnection server;
    EXPECT_THAT(
        analyzed<CsvEmitter>(
            capture_of(server, "", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
        EndsWith(",1,,,,,200,OK,,0,,HTTP/1.1,,38,,0,,,,0,false,response-without-request\r\n"));
}

TEST(Csv, AnAnomalyOfBothMessagesIsThereOnce) {
    FakeConnection client;
    EXPECT_THAT(analyzed<CsvEmitter>(
                    capture_of(client, "GET / HTTP/1.1\nHost: h\n\n", "HTTP/1.1 204 \nA : b\n\n")),
                EndsWith(",false,bare-lf space-before-colon\r\n"));
}

TEST(Csv, CellsAreQuotedAndOnOneLine) {
    FakeConnection client;
    EXPECT_THAT(analyzed<CsvEmitter>(capture_of(
                    client, "GET /\"a\",b HTTP/1.1\r\nHost: h\r\nUser-Agent: x\ty\x7F\xFF\r\n\r\n",
                    "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")),
                testing::AllOf(HasSubstr(",h,\"/\"\"a\"\",b\",200,,"),
                               HasSubstr(",x\\x09y\\x7f\xC3\xBF,0,false,")));
}

TEST(Csv, RowsComeByTheTimeOfTheirFirstByte) {
    FakeConnection slow(1, 50001);
    FakeConnection quick(2, 50002);
    FakeCapture capture;
    capture.add(slow.sent(10 * kMs, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n"))
        .add(quick.sent(20 * kMs, "GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"))
        .add(quick.received(30 * kMs, "HTTP/1.1 204 \r\n\r\n"))
        .add(slow.received(40 * kMs, "HTTP/1.1 204 \r\n\r\n"));
    const std::string csv = analyzed<CsvEmitter>(capture);
    EXPECT_LT(csv.find("/slow"), csv.find("/quick"));
}

}  // namespace
}  // namespace httpprof::replay
