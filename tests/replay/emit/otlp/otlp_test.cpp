#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/analyzer.h"
#include "replay/emit/otlp/otlp_emitter.h"
#include "replay/emit/otlp/partial_success.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using format::Direction;
using test::FakeCapture;
using test::FakeConnection;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using Json = nlohmann::json;
using Texts = std::map<std::string, std::string>;

const std::string kTraceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string request(const std::string& line, const std::string& fields = "Host: shop\r\n") {
    return line + " HTTP/1.1\r\n" + fields + "\r\n";
}

std::string answer(int status) {
    return "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: 0\r\n\r\n";
}

class CollectingSink final : public OtlpSink {
  public:
    Result<void> send(std::string_view request) override {
        requests.push_back(Json::parse(request));
        longest = std::max(longest, request.size());
        return {};
    }
    Result<void> finish() override {
        ++finished;
        return {};
    }

    std::vector<Json> requests;
    std::size_t longest = 0;  // in bytes
    int finished = 0;
};

// Numbers as the texts that they are, lists with spaces between.
std::string text_of(const Json& value) {
    if (value.contains("intValue")) return value["intValue"].get<std::string>();
    if (value.contains("stringValue")) return value["stringValue"].get<std::string>();
    std::string joined;
    for (const Json& element : value["arrayValue"]["values"])
        joined += (joined.empty() ? "" : " ") + text_of(element);
    return joined;
}

Texts attributes_of(const Json& owner) {
    Texts attributes;
    for (const Json& attribute : owner["attributes"]) {
        EXPECT_EQ(attribute["value"].size(), 1u);
        EXPECT_TRUE(attributes.emplace(attribute["key"], text_of(attribute["value"])).second);
    }
    return attributes;
}

struct Exported {
    std::vector<Json> resources;
    std::vector<Json> spans;
    std::size_t requests = 0;
    std::size_t longest_request = 0;
};

struct ExportOptions {
    KnownMethods methods = known_methods();
    std::vector<const EventStage*> stages = {};
};

Exported exported(const FakeCapture& capture, ExportOptions options = {}) {
    CollectingSink sink;
    OtlpEmitter emitter(sink, std::move(options.methods));
    Analyzer analyzer({&emitter}, {.stages = options.stages, .join_responses = true});
    test::FakeSource source(capture);
    EXPECT_TRUE(analyzer.read(source).ok());
    EXPECT_TRUE(analyzer.finish().ok());
    EXPECT_EQ(sink.finished, 1);
    Exported result;
    result.requests = sink.requests.size();
    result.longest_request = sink.longest;
    for (const Json& sent : sink.requests) {
        for (const Json& group : sent["resourceSpans"]) {
            result.resources.push_back(group["resource"]);
            for (const Json& span : group["scopeSpans"][0]["spans"])
                result.spans.push_back(span);
        }
    }
    return result;
}

// The only span of one exchange.
Json client_span(const std::string& request, int status = 200) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, request)).add(end.received(2, answer(status)));
    const Exported result = exported(capture);
    EXPECT_THAT(result.spans, SizeIs(1));
    return result.spans.at(0);
}

Json server_span(const std::string& request, int status = 200) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.received(1, request)).add(end.sent(2, answer(status)));
    const Exported result = exported(capture);
    EXPECT_THAT(result.spans, SizeIs(1));
    return result.spans.at(0);
}

TEST(OtlpTest, ClientSpan) {
    const Json span =
        client_span(request("GET /things?a=b", "Host: Shop:8080\r\nUser-Agent: curl/8\r\n"), 200);
    EXPECT_EQ(span["name"], "GET");
    EXPECT_EQ(span["kind"], 3);
    EXPECT_FALSE(span.contains("status"));
    EXPECT_FALSE(span.contains("parentSpanId"));
    EXPECT_EQ(attributes_of(span), (Texts{{"http.request.method", "GET"},
                                          {"url.full", "http://Shop:8080/things?a=b"},
                                          {"server.address", "shop"},
                                          {"server.port", "8080"},
                                          {"network.peer.address", "10.0.0.2"},
                                          {"network.peer.port", "80"},
                                          {"network.protocol.version", "1.1"},
                                          {"user_agent.original", "curl/8"},
                                          {"http.response.status_code", "200"},
                                          {"httpprof.exchange", "1.1"}}));
}

TEST(OtlpTest, ServerSpan) {
    const Json span = server_span(request("GET /things?a=b"));
    EXPECT_EQ(span["kind"], 2);
    EXPECT_EQ(attributes_of(span), (Texts{{"http.request.method", "GET"},
                                          {"url.scheme", "http"},
                                          {"url.path", "/things"},
                                          {"url.query", "a=b"},
                                          {"server.address", "shop"},
                                          {"server.port", "80"},
                                          {"client.address", "10.0.0.2"},
                                          {"client.port", "80"},
                                          {"network.peer.address", "10.0.0.2"},
                                          {"network.peer.port", "80"},
                                          {"network.protocol.version", "1.1"},
                                          {"http.response.status_code", "200"},
                                          {"httpprof.exchange", "1.1"}}));
}

TEST(OtlpTest, TimesAreThoseOfTheBytes) {
    FakeConnection end;
    FakeCapture capture;
    capture.clock(0, 1'700'000'000'000'000'000)
        .add(end.sent(5, request("GET /")))
        .add(end.received(9, answer(200)));
    const Json span = exported(capture).spans.at(0);
    EXPECT_EQ(span["startTimeUnixNano"], "1700000000000000005");
    EXPECT_EQ(span["endTimeUnixNano"], "1700000000000000009");
}

TEST(OtlpTest, UnknownMethodsAreOther) {
    const Json span = client_span(request("BREW /pot"));
    EXPECT_EQ(span["name"], "HTTP");
    EXPECT_THAT(attributes_of(span), IsSupersetOf({Pair("http.request.method", "_OTHER"),
                                                   Pair("http.request.method_original", "BREW")}));
}

TEST(OtlpTest, KnownMethodsAreThoseThatAreTold) {
    EXPECT_EQ(client_span(request("QUERY /"))["name"], "QUERY");
    EXPECT_TRUE(known_methods().contains("PATCH"));
    EXPECT_EQ(known_methods(" BREW,get ,,"), (KnownMethods{"BREW", "get"}));
    EXPECT_EQ(known_methods(" ,"), known_methods());

    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, request("BREW /") + request("GET /")))
        .add(end.received(2, answer(200) + answer(200)));
    const Exported result = exported(capture, {.methods = known_methods("BREW")});
    ASSERT_THAT(result.spans, SizeIs(2));
    EXPECT_EQ(result.spans[0]["name"], "BREW");
    EXPECT_EQ(result.spans[1]["name"], "HTTP");
    EXPECT_THAT(attributes_of(result.spans[1]),
                IsSupersetOf({Pair("http.request.method", "_OTHER"),
                              Pair("http.request.method_original", "GET")}));
}

bool is_error(const Json& span, const std::string& type) {
    return span.value("status", Json()) == Json{{"code", 2}} &&
           attributes_of(span)["error.type"] == type;
}

TEST(OtlpTest, StatusesThatAreErrors) {
    EXPECT_TRUE(is_error(client_span(request("GET /"), 404), "404"));
    EXPECT_TRUE(is_error(client_span(request("GET /"), 503), "503"));
    EXPECT_TRUE(is_error(server_span(request("GET /"), 500), "500"));
    for (const Json& span : {client_span(request("GET /"), 302), server_span(request("GET /"), 404),
                             server_span(request("GET /"), 499)}) {
        EXPECT_FALSE(span.contains("status"));
        EXPECT_THAT(attributes_of(span), Not(Contains(Key("error.type"))));
    }
}

TEST(OtlpTest, TargetsInOtherForms) {
    EXPECT_EQ(attributes_of(client_span(request("GET https://me:secret@Host/p?q")))["url.full"],
              "https://Host/p?q");
    EXPECT_EQ(attributes_of(client_span(request("CONNECT db:5432")))["url.full"], "http://db:5432");
    EXPECT_EQ(attributes_of(server_span(request("GET https://h/p")))["url.scheme"], "https");
    EXPECT_EQ(attributes_of(server_span(request("GET https://h/p")))["server.port"], "443");
    EXPECT_EQ(attributes_of(client_span(request("GET /", "")))["url.full"], "http://10.0.0.2:80/");
    EXPECT_EQ(attributes_of(client_span(request("GET ftp://h/p")))["url.full"], "ftp://h/p");
    EXPECT_EQ(attributes_of(server_span(request("GET ftp://h/p")))["url.scheme"], "ftp");
    const Texts bracketed = attributes_of(server_span(request("GET /", "Host: [::1]:81\r\n")));
    EXPECT_EQ(bracketed.at("server.address"), "::1");
    EXPECT_EQ(bracketed.at("server.port"), "81");
}

TEST(OtlpTest, AnEmptyQueryIsOne) {
    EXPECT_EQ(attributes_of(client_span(request("GET /?")))["url.full"], "http://shop/?");
    EXPECT_EQ(attributes_of(client_span(request("GET /")))["url.full"], "http://shop/");
    EXPECT_THAT(attributes_of(server_span(request("GET /?"))),
                IsSupersetOf({Pair("url.path", "/"), Pair("url.query", "")}));
    EXPECT_THAT(attributes_of(server_span(request("GET /"))), Not(Contains(Key("url.query"))));
}

// RFC 9112, 3.3.
TEST(OtlpTest, PathsThatAreEmpty) {
    EXPECT_EQ(attributes_of(client_span(request("OPTIONS *")))["url.full"], "http://shop");
    for (const std::string line : {"OPTIONS *", "CONNECT db:5432"}) {
        const Texts server = attributes_of(server_span(request(line)));
        EXPECT_THAT(server, Contains(Pair("url.path", ""))) << line;
        EXPECT_THAT(server, Not(Contains(Key("url.query")))) << line;
    }
    EXPECT_EQ(attributes_of(client_span(request("GET http://h?q")))["url.full"], "http://h/?q");
    EXPECT_THAT(attributes_of(server_span(request("GET http://h?q"))),
                IsSupersetOf({Pair("url.path", "/"), Pair("url.query", "q")}));
}

TEST(OtlpTest, HostsThatAreNoneAreTheAddressOfTheConnection) {
    for (const std::string host :
         {"h:99999", "bad host:xx", "a<b", "", "\xFF", "[::1", "me:pw@h"}) {
        const std::string sent = request("GET /p", "Host: " + host + "\r\n");
        const Texts client = attributes_of(client_span(sent));
        EXPECT_EQ(client.at("url.full"), "http://10.0.0.2:80/p") << host;
        EXPECT_EQ(client.at("server.address"), "10.0.0.2") << host;
        EXPECT_EQ(client.at("server.port"), "80") << host;
        const Texts server = attributes_of(server_span(sent));
        EXPECT_EQ(server.at("server.address"), "10.0.0.1") << host;
        EXPECT_EQ(server.at("server.port"), "50000") << host;
    }
}

TEST(OtlpTest, AuthoritiesThatAreNoneAreTheAddressOfTheConnection) {
    for (const std::string line : {"CONNECT http://h/p", "CONNECT h:x", "CONNECT /"}) {
        const Texts client = attributes_of(client_span(request(line)));
        EXPECT_EQ(client.at("url.full"), "http://10.0.0.2:80") << line;
        EXPECT_EQ(client.at("server.address"), "10.0.0.2") << line;
        EXPECT_THAT(attributes_of(server_span(request(line))), Contains(Pair("url.path", "")));
    }
}

TEST(OtlpTest, ATargetHasNoFragment) {
    EXPECT_EQ(attributes_of(client_span(request("GET /a#b?c#d")))["url.full"],
              "http://shop/a%23b?c%23d");
    EXPECT_THAT(attributes_of(server_span(request("GET /a#b?c#d"))),
                IsSupersetOf({Pair("url.path", "/a%23b"), Pair("url.query", "c%23d")}));
}

TEST(OtlpTest, ATargetIsUtf8AsAWhole) {
    EXPECT_THAT(attributes_of(server_span(request("GET /\u00E9?\u00E9"))),
                IsSupersetOf({Pair("url.path", "/\u00E9"), Pair("url.query", "\u00E9")}));
    EXPECT_THAT(attributes_of(server_span(request("GET /\u00E9?\xFF"))),
                IsSupersetOf({Pair("url.path", "/\u00C3\u00A9"), Pair("url.query", "\u00FF")}));
}

TEST(OtlpTest, TraceparentOfTheTrafficIsTheParent) {
    const std::string fields =
        "Host: h\r\nTraceparent: " + kTraceparent + "\r\ntracestate: a=1\r\nTraceState: b=2\r\n";
    for (const Json& span :
         {client_span(request("GET /", fields)), server_span(request("GET /", fields))}) {
        EXPECT_EQ(span["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
        EXPECT_EQ(span["parentSpanId"], "00f067aa0ba902b7");
        EXPECT_EQ(span["traceState"], "a=1,b=2");
        EXPECT_EQ(span["flags"], 0x301);
    }
}

TEST(OtlpTest, TraceparentThatIsNotValidIsNone) {
    const std::string field = "traceparent: " + kTraceparent + "\r\n";
    for (const std::string& fields : {field + field, "traceparent: 00-0-0-0\r\n" + std::string()}) {
        const Json span = client_span(request("GET /", fields));
        EXPECT_NE(span["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
        EXPECT_FALSE(span.contains("parentSpanId"));
    }
}

void expect_roots(const Exported& result, std::size_t spans) {
    EXPECT_THAT(result.spans, SizeIs(spans));
    for (const Json& span : result.spans)
        EXPECT_FALSE(span.contains("parentSpanId"));
}

class LocalOtlpTest : public ::testing::Test {
  protected:
    LocalOtlpTest() {
        server_.socket.local = client_.socket.remote;
        server_.socket.remote = client_.socket.local;
        server_.task = {200, 200, 60, "server"};
        server_.next_sent = client_.next_received;
        server_.next_received = client_.next_sent;
    }

    void exchange_on_client(const std::string& path) {
        capture_.add(client_.sent(++time_, request("GET " + path)));
        capture_.add(client_.received(++time_, answer(200)));
    }
    void exchange_on_server(const std::string& path) {
        capture_.add(server_.received(++time_, request("GET " + path)));
        capture_.add(server_.sent(++time_, answer(200)));
    }

    // By the path, since the spans of a process come together.
    static std::map<std::string, Json> spans_of(const Exported& result, int kind) {
        std::map<std::string, Json> spans;
        for (const Json& span : result.spans) {
            if (span["kind"] != kind) continue;
            spans[attributes_of(span)[kind == 2 ? "url.path" : "url.full"]] = span;
        }
        return spans;
    }

    FakeConnection client_;
    FakeConnection server_{2};
    FakeCapture capture_;
    std::uint64_t time_ = 0;
};

TEST_F(LocalOtlpTest, ServerSpanIsTheChildOfTheClientSpan) {
    for (const std::string path : {"/a", "/b"}) {
        exchange_on_client(path);
        exchange_on_server(path);
    }
    const Exported result = exported(capture_);
    ASSERT_THAT(result.spans, SizeIs(4));
    auto clients = spans_of(result, 3);
    auto servers = spans_of(result, 2);
    for (const std::string path : {"/a", "/b"}) {
        const Json& client = clients["http://shop" + path];
        const Json& server = servers[path];
        EXPECT_EQ(server["traceId"], client["traceId"]);
        EXPECT_EQ(server["parentSpanId"], client["spanId"]);
        EXPECT_NE(server["spanId"], client["spanId"]);
        EXPECT_FALSE(client.contains("parentSpanId"));
    }
    EXPECT_NE(servers["/a"]["traceId"], servers["/b"]["traceId"]);
}

// The recording began between the client's call and the server's.
TEST_F(LocalOtlpTest, EndsThatBeganElsewhereAreOfOneTraceWhereBothHaveTheRequest) {
    client_.lose(Direction::send, request("GET /early").size());
    capture_.add(client_.received(++time_, answer(200)));
    exchange_on_client("/a");
    exchange_on_server("/early");
    exchange_on_server("/a");
    const Exported result = exported(capture_);
    ASSERT_THAT(result.spans, SizeIs(4));
    auto servers = spans_of(result, 2);
    EXPECT_EQ(servers["/a"]["parentSpanId"], spans_of(result, 3)["http://shop/a"]["spanId"]);
    EXPECT_FALSE(servers["/early"].contains("parentSpanId"));
}

// As of a segment, or a slice, where it has another number.
TEST_F(LocalOtlpTest, AnExchangeHasItsIdsInEachPartOfACapture) {
    exchange_on_client("/a");
    exchange_on_server("/a");
    const Exported earlier = exported(capture_);
    FakeCapture part;
    for (const auto& record :
         {client_.sent(++time_, request("GET /b")), server_.received(++time_, request("GET /b")),
          server_.sent(++time_, answer(200)), client_.received(++time_, answer(200))}) {
        part.add(record);
        capture_.add(record);
    }
    const Exported later = exported(part);
    const Exported whole = exported(capture_);
    for (const std::string id : {"spanId", "traceId"}) {
        for (const int kind : {2, 3}) {
            const std::string before = kind == 2 ? "" : "http://shop";
            auto spans = spans_of(whole, kind);
            EXPECT_EQ(spans[before + "/a"][id], spans_of(earlier, kind)[before + "/a"][id]);
            EXPECT_EQ(spans[before + "/b"][id], spans_of(later, kind)[before + "/b"][id]);
            EXPECT_NE(spans[before + "/a"][id], spans[before + "/b"][id]);
        }
    }
}

TEST_F(LocalOtlpTest, NoSpanIsTheChildOfAnotherOneWhereRequestsAreMissing) {
    exchange_on_client("/a");
    client_.lose(Direction::send, request("GET /b").size());
    client_.lose(Direction::recv, answer(200).size());
    exchange_on_client("/c");
    for (const std::string path : {"/a", "/b", "/c"})
        exchange_on_server(path);
    const Exported result = exported(capture_);
    auto clients = spans_of(result, 3);
    auto servers = spans_of(result, 2);
    EXPECT_EQ(servers["/a"]["parentSpanId"], clients["http://shop/a"]["spanId"]);
    ASSERT_TRUE(clients["http://shop/c"].contains("spanId"));
    EXPECT_FALSE(servers["/b"].contains("parentSpanId"));
    EXPECT_EQ(servers["/c"]["parentSpanId"], clients["http://shop/c"]["spanId"]);
}

// As a filter does, and --side.
class LeaveOut final : public EventStage {
  public:
    explicit LeaveOut(Side side) : side_(side) {}
    Result<bool> apply(Event& event) const override { return side_of(event) != side_; }

  private:
    const Side side_;
};

TEST_F(LocalOtlpTest, NoSpanIsTheChildOfOneThatIsLeftOut) {
    exchange_on_client("/a");
    exchange_on_server("/a");
    const LeaveOut no_client(Side::client);
    const LeaveOut no_server(Side::server);
    const Exported server = exported(capture_, {.stages = {&no_client}});
    const Exported client = exported(capture_, {.stages = {&no_server}});
    expect_roots(server, 1);
    expect_roots(client, 1);
    EXPECT_EQ(server.spans[0]["traceId"], client.spans[0]["traceId"]);
}

// All that it sent is lost, with its place.
TEST_F(LocalOtlpTest, NoSpanIsTheChildOfOneThatIsLost) {
    exchange_on_client("/a");
    exchange_on_server("/a");
    exchange_on_server("/b");
    const Exported result = exported(capture_);
    auto servers = spans_of(result, 2);
    EXPECT_TRUE(servers.at("/a").contains("parentSpanId"));
    EXPECT_FALSE(servers.at("/b").contains("parentSpanId"));
    EXPECT_THAT(result.spans, SizeIs(3));
}

TEST_F(LocalOtlpTest, ServerThatAnswersBeforeItsClientIsAnsweredHasAParent) {
    capture_.add(client_.sent(++time_, request("GET /a")));
    exchange_on_server("/a");
    capture_.add(client_.received(++time_, answer(200)));
    const Exported result = exported(capture_);
    EXPECT_EQ(spans_of(result, 2).at("/a")["parentSpanId"],
              spans_of(result, 3).at("http://shop/a")["spanId"]);
}

TEST(OtlpTest, HalfAnExchange) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.received(1, answer(200) + answer(404))).add(end.sent(2, request("GET /")));
    const Exported result = exported(capture);
    ASSERT_THAT(result.spans, SizeIs(3));
    EXPECT_EQ(attributes_of(result.spans[0])["http.request.method"], "_OTHER");
    EXPECT_EQ(attributes_of(result.spans[1])["http.response.status_code"], "404");
    EXPECT_NE(result.spans[0]["spanId"], result.spans[1]["spanId"]);
    EXPECT_THAT(attributes_of(result.spans[2]), Not(Contains(Key("http.response.status_code"))));
}

TEST(OtlpTest, ConnectionThatEndsBeforeTheResponseIsAnError) {
    for (const Direction direction : {Direction::send, Direction::recv}) {
        FakeConnection end;
        FakeCapture capture;
        const bool is_client = direction == Direction::send;
        capture.add(is_client ? end.sent(1, request("GET /")) : end.received(1, request("GET /")));
        capture.add(end.close(2));
        const Json span = exported(capture).spans.at(0);
        EXPECT_TRUE(is_error(span, "connection_ended"));
        EXPECT_THAT(attributes_of(span), Not(Contains(Key("http.response.status_code"))));
    }
}

TEST(OtlpTest, ConnectionThatEndsWithinTheResponseIsAnError) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, request("GET /")))
        .add(end.received(2, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"))
        .add(end.fin(Direction::recv, 3));
    const Json span = exported(capture).spans.at(0);
    EXPECT_TRUE(is_error(span, "connection_ended"));
    EXPECT_THAT(attributes_of(span), IsSupersetOf({Pair("http.response.status_code", "200"),
                                                   Pair("httpprof.anomalies", "truncated")}));
    EXPECT_THAT(attributes_of(span), Not(Contains(Key("http.response.body.size"))));
}

TEST(OtlpTest, ConnectionThatEndsBehindTheResponseIsNoError) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nshort"))
        .add(end.received(2, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        .add(end.close(3));
    EXPECT_FALSE(is_error(exported(capture).spans.at(0), "connection_ended"));
}

TEST(OtlpTest, CaptureThatEndsIsNoError) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, request("GET /a")))
        .add(end.received(2, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"))
        .add(end.sent(3, request("GET /b")));
    const Exported result = exported(capture);
    ASSERT_THAT(result.spans, SizeIs(2));
    for (const Json& span : result.spans) {
        EXPECT_FALSE(span.contains("status"));
        EXPECT_THAT(attributes_of(span), Not(Contains(Key("error.type"))));
    }
}

TEST(OtlpTest, BodiesThatAreWholeHaveTheirSize) {
    FakeConnection end;
    FakeCapture capture;
    capture.add(end.sent(1, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"))
        .add(end.received(2, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"));
    EXPECT_THAT(
        attributes_of(exported(capture).spans.at(0)),
        IsSupersetOf({Pair("http.request.body.size", "2"), Pair("http.response.body.size", "3")}));
}

TEST(OtlpTest, AnyBytesMakeJsonOfUtf8) {
    const std::string bytes = "\xff\xfe\"\\";
    const std::string fields = "Host: " + bytes + ":99999\r\nUser-Agent: " + bytes +
                               "\r\ntraceparent: " + bytes + "\r\ntracestate: " + bytes + "\r\n";
    for (const Json& span : {client_span(request("GET /" + bytes + "?" + bytes, fields)),
                             server_span(request("GET /" + bytes + "?" + bytes, fields))}) {
        EXPECT_EQ(attributes_of(span)["user_agent.original"], "\u00ff\u00fe\"\\");
        EXPECT_NO_THROW(span.dump());  // which refuses what is not UTF-8
    }
}

FakeCapture with_process(FakeConnection& end, std::string_view arguments,
                         std::string_view environment) {
    format::ProcessRecord process;
    process.task = end.task;
    process.arguments = arguments;
    process.arguments_size = static_cast<std::uint32_t>(arguments.size());
    process.environment = environment;
    process.environment_size = static_cast<std::uint32_t>(environment.size());
    FakeCapture capture;
    capture.add(process).add(end.sent(1, request("GET /"))).add(end.received(2, answer(200)));
    return capture;
}

FakeCapture with_environment(FakeConnection& end, std::string_view environment) {
    return with_process(end, std::string_view("/bin/shop\0--fast\0", 17), environment);
}

TEST(OtlpTest, ResourceIsTheProcess) {
    FakeConnection end;
    const Exported result = exported(with_environment(end, {}));
    ASSERT_THAT(result.resources, SizeIs(1));
    EXPECT_EQ(attributes_of(result.resources[0]),
              (Texts{{"service.name", "client"},
                     {"host.name", "fakehost"},
                     {"process.pid", "100"},
                     {"process.executable.name", "client"},
                     {"process.command_args", "/bin/shop --fast"}}));
}

std::vector<std::string> exported_arguments(std::string_view arguments) {
    FakeConnection end;
    const Json resource = exported(with_process(end, arguments, {})).resources.at(0);
    std::vector<std::string> texts;
    for (const Json& attribute : resource["attributes"]) {
        if (attribute["key"] != "process.command_args") continue;
        for (const Json& value : attribute["value"]["arrayValue"]["values"])
            texts.push_back(value["stringValue"]);
    }
    return texts;
}

TEST(OtlpTest, ArgumentsAreAList) {
    using namespace std::string_literals;
    EXPECT_THAT(exported_arguments("sh\0-c\0echo a b\0"s), ElementsAre("sh", "-c", "echo a b"));
    EXPECT_THAT(exported_arguments("a\0\0b\0"s), ElementsAre("a", "", "b"));
    EXPECT_THAT(exported_arguments("nginx: worker\0\0\0"s), ElementsAre("nginx: worker"));
    EXPECT_THAT(exported_arguments("title"), ElementsAre("title"));
    EXPECT_THAT(exported_arguments("\0\0"s), ElementsAre());
    EXPECT_THAT(exported_arguments("\u00E9\0\xFF\0"s), ElementsAre("\u00C3\u00A9", "\u00FF"));
}

TEST(OtlpTest, EnvironmentNamesTheService) {
    const std::string told =
        "OTEL_RESOURCE_ATTRIBUTES=service.name=b, deployment.environment=a%2Cb ,x,process.pid=7" +
        std::string(1, '\0');
    FakeConnection end;
    const Texts one = attributes_of(exported(with_environment(end, told)).resources.at(0));
    EXPECT_EQ(one.at("service.name"), "b");
    EXPECT_EQ(one.at("deployment.environment"), "a,b");
    EXPECT_EQ(one.at("process.pid"), "100");
    EXPECT_FALSE(one.contains("x"));

    FakeConnection other_end;
    const std::string named = told + std::string("OTEL_SERVICE_NAME=shop\0", 23);
    const Texts other = attributes_of(exported(with_environment(other_end, named)).resources.at(0));
    EXPECT_EQ(other.at("service.name"), "shop");
}

TEST(OtlpTest, RequestsHaveABoundedSize) {
    FakeConnection end;
    FakeCapture capture;
    for (std::uint64_t time = 1; time <= 1200; time += 2)
        capture.add(end.sent(time, request("GET /"))).add(end.received(time + 1, answer(200)));
    const Exported result = exported(capture);
    EXPECT_EQ(result.requests, 2u);
    EXPECT_THAT(result.spans, SizeIs(600));
}

// A line of a file is at most so long, with its end, or readers refuse it.
constexpr std::size_t kMostOfALine = 1024 * 1024;

TEST(OtlpTest, RequestsAreShorterThanALine) {
    for (std::size_t size = 30'000; size < 30'500; size += 50) {
        FakeConnection end;
        FakeCapture capture;
        for (std::uint64_t time = 1; time <= 80; time += 2) {
            capture.add(end.sent(time, request("GET /" + std::string(size, 'a'))));
            capture.add(end.received(time + 1, answer(200)));
        }
        const Exported result = exported(capture);
        EXPECT_EQ(result.spans.size(), 40u);
        EXPECT_EQ(result.requests, 2u);
        EXPECT_GT(result.longest_request, kMostOfALine - 2 * size);
        EXPECT_LT(result.longest_request, kMostOfALine) << size;
    }
}

// An exchange of each process, whose attributes are so long.
Exported exported_of_processes(const std::vector<std::size_t>& sizes) {
    FakeCapture capture;
    std::deque<FakeConnection> ends;
    std::deque<std::string> environments;
    std::uint64_t time = 0;
    for (const std::size_t size : sizes) {
        FakeConnection& end = ends.emplace_back(time + 1);
        end.task.pid = end.task.tid = static_cast<std::uint32_t>(1000 + ends.size());
        format::ProcessRecord process;
        process.task = end.task;
        process.environment = environments.emplace_back(
            "OTEL_RESOURCE_ATTRIBUTES=a=" + std::string(size, 'b') + '\0');
        process.environment_size = static_cast<std::uint32_t>(process.environment.size());
        capture.add(process).add(end.sent(++time, request("GET /")));
        capture.add(end.received(++time, answer(200)));
    }
    return exported(capture);
}

TEST(OtlpTest, RequestsOfManyProcessesAreShorterThanALine) {
    for (const std::size_t size : {1u, 1500u, 3000u}) {
        const Exported result = exported_of_processes(std::vector<std::size_t>(500, size));
        EXPECT_EQ(result.spans.size(), 500u);
        EXPECT_LT(result.longest_request, kMostOfALine) << size;
    }
}

TEST(OtlpTest, ASpanThatIsLongerThanALineGoesAlone) {
    const Exported result = exported_of_processes({1, 2 * kMostOfALine, 1, 1});
    EXPECT_EQ(result.spans.size(), 4u);
    EXPECT_EQ(result.requests, 3u);
    EXPECT_GT(result.longest_request, kMostOfALine);
}

TEST(OtlpTest, NothingIsSentOfNothing) {
    EXPECT_EQ(exported(FakeCapture()).requests, 0u);
}

TEST(PartialSuccessTest, CountsWhatIsRejected) {
    const auto some =
        partial_success_in(R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}})");
    EXPECT_EQ(some.rejected_spans, 3u);
    EXPECT_EQ(some.message, "too old");
    EXPECT_EQ(partial_success_in(R"({"partialSuccess":{"rejectedSpans":2}})").rejected_spans, 2u);
    for (const char* const none :
         {"", "{}", "[]", "not JSON", R"({"partialSuccess":{}})", R"({"partialSuccess":[1]})",
          R"({"partialSuccess":{"rejectedSpans":"x","errorMessage":1}})"}) {
        EXPECT_EQ(partial_success_in(none).rejected_spans, 0u) << none;
        EXPECT_EQ(partial_success_in(none).message, "") << none;
    }
}

}  // namespace
}  // namespace httpprof::replay
