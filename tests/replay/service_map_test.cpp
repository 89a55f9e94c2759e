#include "replay/service_map.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/emit/service_map.h"
#include "tests/replay/made_message.h"

namespace httpprof::replay {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

format::Endpoint endpoint(std::uint8_t last, std::uint16_t port) {
    return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, last}, port};
}

// "shop > stock 10.0.0.2:80 2", and " -1" for one more without an answer
std::vector<std::string> described(const ServiceMap& map) {
    std::vector<std::string> texts;
    for (const Calls& calls : map.calls) {
        const std::uint64_t unanswered = calls.total.unanswered;
        texts.push_back(calls.client + " > " + calls.server + ' ' + calls.address + ' ' +
                        std::to_string(calls.total.exchanges) +
                        (unanswered == 0 ? "" : " -" + std::to_string(unanswered)));
    }
    return texts;
}

class ServiceMapTest : public testing::Test {
  protected:
    struct End {
        std::string comm;
        std::uint32_t pid = 0;
        std::string environment = {};
        std::uint32_t network_namespace = 1;
    };

    static std::shared_ptr<const Process> process_of(const End& end) {
        auto process = std::make_shared<Process>();
        process->pid = end.pid;
        process->environment = end.environment;
        process->identity.emplace().network_namespace = end.network_namespace;
        return process;
    }

    // One message of an exchange as `end` saw it.
    void add(const End& end, Side side, Message::Kind kind, int status = 0) {
        Event event;
        event.message = std::make_shared<Message>();
        event.message->kind = kind;
        event.message->status = status;
        event.message->size = 100;
        event.message->first.comm = end.comm;
        event.message->first.pid = end.pid;
        event.process = process_of(end);
        event.process_number = end.pid;
        event.connection = side == Side::client ? connection_ : connection_ + 1;
        if (both_ends_) event.other_end = side == Side::client ? connection_ + 1 : connection_;
        event.exchange = 1;
        const bool is_request = kind == Message::Kind::request;
        event.direction = is_request == (side == Side::client) ? format::Direction::send
                                                               : format::Direction::recv;
        event.source = is_request ? client_ : server_;
        event.destination = is_request ? server_ : client_;
        if (is_request) {
            event.message->method = test::add_raw(*event.message, "GET");
            event.message->target = test::add_raw(*event.message, "/things/42?a");
            test::add_field(*event.message, event.message->fields, "Host", "things");
            if (is_answered_) event.response.emplace();
        } else {
            event.request = std::make_shared<const RequestHead>(
                RequestHead{"GET", "/things/42?a", "things", known_request_bytes_});
            event.latency_ns = side == Side::client ? 2'000'000 : 1'000'000;
        }
        builder_.add(event);
    }
    void exchange_seen_by(const End& end, Side side, int status = 200) {
        both_ends_ = false;
        connection_ += 2;
        add(end, side, Message::Kind::request);
        add(end, side, Message::Kind::response, status);
    }
    // Both ends of it are recorded.
    void local_exchange(const End& client, const End& server, int status = 200) {
        both_ends_ = true;
        connection_ += 2;
        add(client, Side::client, Message::Kind::request);
        add(server, Side::server, Message::Kind::request);
        add(server, Side::server, Message::Kind::response, status);
        add(client, Side::client, Message::Kind::response, status);
    }

    // Which the client sends, and perhaps a server reads.
    void unanswered_request(const End& client, const std::optional<End>& server = {}) {
        both_ends_ = server.has_value();
        is_answered_ = false;
        connection_ += 2;
        add(client, Side::client, Message::Kind::request);
        if (server) add(*server, Side::server, Message::Kind::request);
        is_answered_ = true;
    }

    format::Endpoint client_ = endpoint(1, 40000);
    format::Endpoint server_ = endpoint(2, 80);
    std::uint64_t connection_ = 1;  // as its client sees it; as its server does it is the next
    bool both_ends_ = false;        // are recorded
    bool is_answered_ = true;       // the request
    std::uint64_t known_request_bytes_ = 100;  // when its response began
    ServiceMapBuilder builder_;
};

TEST_F(ServiceMapTest, BothEndsOfALocalExchangeAreOneCall) {
    local_exchange({"shop", 1}, {"stock", 2});
    local_exchange({"shop", 1}, {"stock", 2}, 503);
    const ServiceMap map = builder_.finish();
    ASSERT_EQ(map.calls.size(), 1u);
    const Calls& calls = map.calls[0];
    EXPECT_EQ(calls.client, "shop");
    EXPECT_EQ(calls.server, "stock");
    EXPECT_EQ(calls.address, "10.0.0.2:80");
    EXPECT_EQ(calls.total.exchanges, 2u);
    EXPECT_EQ(calls.total.server_errors, 1u);
    EXPECT_EQ(calls.total.request_bytes, 200u);
    EXPECT_EQ(calls.total.latency_ns.percentile(50), 2'000'000u);
    ASSERT_EQ(calls.routes.size(), 1u);
    EXPECT_EQ(calls.routes.begin()->first, (Route{"GET", "things", "/things/{id}"}));
    ASSERT_EQ(map.services.size(), 2u);
    EXPECT_FALSE(map.services[0].external);
    EXPECT_THAT(map.services[0].pids, ElementsAre(1));
}

TEST_F(ServiceMapTest, PeersThatAreNotRecordedAreExternal) {
    exchange_seen_by({"shop", 1}, Side::client, 404);
    client_ = endpoint(9, 50000);
    server_ = endpoint(1, 8080);
    exchange_seen_by({"shop", 1}, Side::server);
    const ServiceMap map = builder_.finish();
    ASSERT_EQ(map.calls.size(), 2u);
    EXPECT_EQ(map.calls[0].client, "10.0.0.9");
    EXPECT_EQ(map.calls[0].server, "shop");
    EXPECT_EQ(map.calls[1].client, "shop");
    EXPECT_EQ(map.calls[1].server, "10.0.0.2:80");
    EXPECT_EQ(map.calls[1].total.client_errors, 1u);
    std::vector<std::string> external;
    for (const Service& service : map.services)
        if (service.external) external.push_back(service.name);
    EXPECT_THAT(external, ElementsAre("10.0.0.2:80", "10.0.0.9"));
}

TEST_F(ServiceMapTest, ServersOfTheSameAddressAreToldApart) {
    local_exchange({"shop", 1}, {"stock", 2});
    local_exchange({"page", 3, {}, 2}, {"news", 4, {}, 2});
    local_exchange({"shop", 1}, {"later", 5});
    EXPECT_THAT(described(builder_.finish()),
                ElementsAre("page > news 10.0.0.2:80 1", "shop > later 10.0.0.2:80 1",
                            "shop > stock 10.0.0.2:80 1"));
}

TEST_F(ServiceMapTest, TheServerIsTheOneThatReadTheRequest) {
    both_ends_ = true;
    add({"shop", 1}, Side::client, Message::Kind::request);
    add({"httpd", 2}, Side::server, Message::Kind::request);
    add({"nph-cgi", 3}, Side::server, Message::Kind::response, 200);
    add({"shop", 1}, Side::client, Message::Kind::response, 200);
    exchange_seen_by({"page", 4}, Side::client);
    EXPECT_THAT(described(builder_.finish()),
                ElementsAre("page > httpd 10.0.0.2:80 1", "shop > httpd 10.0.0.2:80 1"));
}

TEST_F(ServiceMapTest, AServerWhoseEndIsNotRecordedIsTheOneOfItsAddress) {
    exchange_seen_by({"shop", 1}, Side::client, 404);
    local_exchange({"shop", 1}, {"stock", 2});
    const ServiceMap map = builder_.finish();
    EXPECT_THAT(described(map), ElementsAre("shop > stock 10.0.0.2:80 2"));
    const Calls& calls = map.calls[0];
    EXPECT_EQ(calls.total.client_errors, 1u);
    EXPECT_EQ(calls.total.response_bytes, 200u);
    EXPECT_EQ(calls.total.latency_ns.count(), 2u);
    EXPECT_EQ(calls.routes.begin()->second.exchanges, 2u);
    EXPECT_EQ(map.services.size(), 2u);
}

TEST_F(ServiceMapTest, WhichOfSeveralServersWasCalledIsNotGuessed) {
    local_exchange({"shop", 1}, {"stock", 2});
    local_exchange({"shop", 1}, {"later", 3});
    exchange_seen_by({"page", 4}, Side::client);
    const ServiceMap map = builder_.finish();
    EXPECT_THAT(described(map),
                ElementsAre("page > 10.0.0.2:80 10.0.0.2:80 1", "shop > later 10.0.0.2:80 1",
                            "shop > stock 10.0.0.2:80 1"));
    EXPECT_TRUE(map.services.back().external);
}

TEST_F(ServiceMapTest, LoopbackAddressesAreOfOneNetworkNamespace) {
    server_.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1};
    local_exchange({"shop", 1}, {"stock", 2});
    exchange_seen_by({"cron", 3}, Side::client);
    exchange_seen_by({"page", 4, {}, 2}, Side::client);
    EXPECT_THAT(described(builder_.finish()),
                ElementsAre("cron > stock 127.0.0.1:80 1", "page > 127.0.0.1:80 127.0.0.1:80 1",
                            "shop > stock 127.0.0.1:80 1"));
}

TEST_F(ServiceMapTest, AServiceIsNamedByItsEnvironment) {
    local_exchange({"java", 1, "A=1\0OTEL_SERVICE_NAME=checkout\0"s}, {"java", 2});
    const ServiceMap map = builder_.finish();
    ASSERT_EQ(map.calls.size(), 1u);
    EXPECT_EQ(map.calls[0].client, "checkout");
    EXPECT_EQ(map.calls[0].server, "java");
}

TEST_F(ServiceMapTest, InterimResponsesAreNoExchanges) {
    add({"shop", 1}, Side::client, Message::Kind::request);
    add({"shop", 1}, Side::client, Message::Kind::response, 100);
    add({"shop", 1}, Side::client, Message::Kind::response, 200);
    EXPECT_EQ(builder_.finish().calls[0].total.exchanges, 1u);
}

TEST_F(ServiceMapTest, RequestsAreCountedWholeThoughAnsweredBeforeTheirEnd) {
    known_request_bytes_ = 0;
    local_exchange({"shop", 1}, {"stock", 2});
    exchange_seen_by({"shop", 1}, Side::client, 413);
    const CallCounts total = builder_.finish().calls[0].total;
    EXPECT_EQ(total.request_bytes, 200u);
}

TEST_F(ServiceMapTest, SizeOfARequestThatIsFilteredOutIsTheOneThatItsResponseKnows) {
    add({"shop", 1}, Side::client, Message::Kind::response, 200);
    EXPECT_EQ(builder_.finish().calls[0].total.request_bytes, 100u);
}

TEST_F(ServiceMapTest, RequestsWithoutResponseAreCalls) {
    unanswered_request({"shop", 1}, {{"stock", 2}});
    EXPECT_THAT(described(builder_.finish()), ElementsAre("shop > stock 10.0.0.2:80 0 -1"));
}

TEST_F(ServiceMapTest, RequestsWithoutResponseAreCountedByRoute) {
    local_exchange({"shop", 1}, {"stock", 2});
    unanswered_request({"shop", 1}, {{"stock", 2}});
    unanswered_request({"shop", 1});
    const ServiceMap map = builder_.finish();
    EXPECT_THAT(described(map), ElementsAre("shop > stock 10.0.0.2:80 1 -2"));
    ASSERT_EQ(map.calls[0].routes.size(), 1u);
    EXPECT_EQ(map.calls[0].routes.begin()->second.unanswered, 2u);
}

TEST_F(ServiceMapTest, BothEndsOfARequestWithoutResponseAreOneCallInAnyOrder) {
    both_ends_ = true;
    is_answered_ = false;
    add({"stock", 2}, Side::server, Message::Kind::request);
    add({"shop", 1}, Side::client, Message::Kind::request);
    EXPECT_THAT(described(builder_.finish()), ElementsAre("shop > stock 10.0.0.2:80 0 -1"));
}

TEST_F(ServiceMapTest, AServersAnswerThatTheClientDidNotReadIsNone) {
    unanswered_request({"shop", 1}, {{"stock", 2}});
    add({"stock", 2}, Side::server, Message::Kind::response, 200);
    EXPECT_THAT(described(builder_.finish()), ElementsAre("shop > stock 10.0.0.2:80 0 -1"));
}

TEST_F(ServiceMapTest, EachFormSaysHowManyRequestsAreWithoutResponse) {
    unanswered_request({"shop", 1});
    const ServiceMap map = builder_.finish();
    const auto calls = nlohmann::json::parse(service_map_json(map))["calls"][0];
    EXPECT_EQ(calls["unanswered"], 1);
    EXPECT_EQ(calls["routes"][0]["unanswered"], 1);
    EXPECT_EQ(calls["routes"][0]["path"], "/things/{id}");
    EXPECT_THAT(service_map_yaml(map), HasSubstr("unanswered: 1"));
    EXPECT_THAT(service_map_dot(map), HasSubstr("0 exchanges, 1 unanswered\", color=red];"));
    EXPECT_THAT(service_map_mermaid(map), HasSubstr("0 exchanges, 1 unanswered"));
}

TEST_F(ServiceMapTest, NamesCannotBeSyntaxOfAnyForm) {
    local_exchange({"a\"];x->y[\"\n", 1}, {"|b<script>#\\", 2});
    const ServiceMap map = builder_.finish();
    const auto json = nlohmann::json::parse(service_map_json(map));
    EXPECT_EQ(json["calls"][0]["from"], "a\"];x->y[\"\n");
    EXPECT_THAT(service_map_dot(map), HasSubstr("[label=\"a\\\"];x->y[\\\"\\\\x0a\"]"));
    const std::string mermaid = service_map_mermaid(map);
    EXPECT_THAT(mermaid, Not(HasSubstr("<script>")));
    EXPECT_THAT(mermaid, HasSubstr("a#34;#93;#59;x-#62;y"));
    EXPECT_THAT(service_map_yaml(map), HasSubstr("name: \"a\\\"];x->y[\\\"\\n\""));
}

TEST_F(ServiceMapTest, EveryLoaderTakesTheYaml) {
    local_exchange({"a\x7f", 1}, {"\xc2\x9b\xe2\x80\xa8", 2});
    const std::string yaml = service_map_yaml(builder_.finish());
    EXPECT_THAT(yaml, HasSubstr("name: \"a\\x7f\""));
    EXPECT_THAT(yaml, HasSubstr("name: \"\\x9b\\u2028\""));
}

}  // namespace
}  // namespace httpprof::replay
