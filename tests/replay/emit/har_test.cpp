#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/emit/har/cookies.h"
#include "replay/emit/har/har_emitter.h"
#include "replay/emit/text.h"
#include "tests/replay/analyzed.h"

namespace httpprof::replay {
namespace {

using Json = nlohmann::ordered_json;
using test::FakeCapture;
using test::FakeConnection;
using test::kMs;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Json entries(const FakeCapture& capture) {
    const Json har = Json::parse(test::analyzed<HarEmitter>(capture));
    EXPECT_EQ(har["log"]["version"], "1.2");
    EXPECT_EQ(har["log"]["creator"]["name"], "httpprof");
    return har["log"]["entries"];
}

TEST(Har, AnExchangeIsAnEntry) {
    FakeConnection client;
    FakeCapture capture;
    capture.clock(0, 1'700'000'000'000'000'000)
        .add(client.sent(10 * kMs,
                         "POST /a?x=1&y HTTP/1.1\r\nHost: shop\r\nCookie: a=b; c\r\n"
                         "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nhe"))
        .add(client.sent(11 * kMs, "y!"))
        .add(client.received(13 * kMs, "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n"))
        .add(client.received(14 * kMs + 500,
                             "HTTP/1.1 302 Found\r\nLocation: /b\r\n"
                             "Content-Length: 3\r\n\r\n\x01\xFF"))
        .add(client.received(20 * kMs, "\x02"))
        .add(client.close(21 * kMs));
    const Json list = entries(capture);
    ASSERT_THAT(list, SizeIs(1));
    const Json& entry = list[0];
    EXPECT_EQ(entry["startedDateTime"], "2023-11-14T22:13:20.010000000Z");
    EXPECT_EQ(entry["time"], 10);
    EXPECT_EQ(entry["timings"], Json::parse(R"({"send":1,"wait":3.0005,"receive":5.9995})"));
    EXPECT_EQ(entry["serverIPAddress"], "10.0.0.2");
    EXPECT_EQ(entry["connection"], "1");
    EXPECT_EQ(entry["_pid"], 100);
    EXPECT_EQ(entry["_comm"], "client");
    EXPECT_EQ(entry["_exchange"], "1.1");
    EXPECT_EQ(entry["_interimResponses"], Json::parse(R"([{"status":100,"statusText":"Continue",
                               "headers":[{"name":"X","value":"y"}]}])"));
    EXPECT_EQ(entry["request"], Json::parse(R"({
        "method":"POST","url":"http://shop/a?x=1&y","httpVersion":"HTTP/1.1",
        "cookies":[{"name":"a","value":"b"},{"name":"","value":"c"}],
        "headers":[{"name":"Host","value":"shop"},{"name":"Cookie","value":"a=b; c"},
                   {"name":"Content-Type","value":"text/plain"},
                   {"name":"Content-Length","value":"4"}],
        "queryString":[{"name":"x","value":"1"},{"name":"y","value":""}],
        "postData":{"mimeType":"text/plain","text":"hey!"},"headersSize":99,"bodySize":4})"));
    EXPECT_EQ(entry["response"], Json::parse(R"({
        "status":302,"statusText":"Found","httpVersion":"HTTP/1.1","cookies":[],
        "headers":[{"name":"Location","value":"/b"},{"name":"Content-Length","value":"3"}],
        "content":{"size":3,"mimeType":"x-unknown","text":"Af8C","encoding":"base64"},
        "redirectURL":"/b","headersSize":55,"bodySize":3})"));
}

TEST(Har, WithoutAResponseTheStatusIsZero) {
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.sent(10 * kMs, "GET / HTTP/1.1\r\n\r\n")).add(client.close(13 * kMs));
    const Json entry = entries(capture).at(0);
    EXPECT_EQ(entry["request"]["url"], "http://10.0.0.2:80/");
    EXPECT_EQ(entry["response"], Json::parse(R"({
        "status":0,"statusText":"","_error":"no response was recorded","httpVersion":"",
        "cookies":[],"headers":[],"content":{"size":0,"mimeType":"x-unknown"},"redirectURL":"",
        "headersSize":-1,"bodySize":-1})"));
    EXPECT_EQ(entry["timings"], Json::parse(R"({"send":0,"wait":-1,"receive":-1})"));
    EXPECT_EQ(entry["_anomalies"][0]["id"], "host-missing");
}

TEST(Har, WithoutARequestThereIsNoMethod) {
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.received(10 * kMs, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"))
        .add(client.received(12 * kMs, "A"))
        .add(client.close(13 * kMs));
    const Json entry = entries(capture).at(0);
    EXPECT_EQ(entry["request"]["method"], "");
    EXPECT_EQ(entry["request"]["url"], "http://10.0.0.2:80/");
    EXPECT_EQ(entry["request"]["headersSize"], -1);
    EXPECT_EQ(entry["timings"], Json::parse(R"({"send":-1,"wait":-1,"receive":2})"));
    EXPECT_EQ(entry["time"], 2);
}

TEST(Har, MissingBytesAreSaid) {
    FakeConnection client;
    FakeCapture capture;
    capture.add(client.sent(10 * kMs, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"))
        .add(client.received(12 * kMs, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"))
        .add(client.data(format::Direction::recv, 13 * kMs, "abc", 10,
                         format::MissingCause::snaplen));
    const Json content = entries(capture).at(0)["response"]["content"];
    EXPECT_EQ(content["size"], 10);
    EXPECT_EQ(content["text"], "abc");
    EXPECT_EQ(content["comment"], "bytes that are not in the capture: 7");
}

TEST(Har, OfNothingIsAnEmptyList) {
    EXPECT_THAT(entries(FakeCapture()), IsEmpty());
}

TEST(HarCookies, OfAResponseHaveAttributes) {
    const Cookie cookie = cookie_of_response(
        " id = a=b ; Path=/x; domain=shop; Expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly;SECURE");
    EXPECT_EQ(cookie.name, "id");
    EXPECT_EQ(cookie.value, "a=b");
    EXPECT_EQ(cookie.path, "/x");
    EXPECT_EQ(cookie.domain, "shop");
    EXPECT_EQ(rfc3339(cookie.expires_ns.value()), "1994-11-06T08:49:37.000000000Z");
    EXPECT_TRUE(cookie.http_only);
    EXPECT_TRUE(cookie.secure);
}

}  // namespace
}  // namespace httpprof::replay
