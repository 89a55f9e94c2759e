#include "replay/exchanges.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/analyzer.h"
#include "tests/replay/made_message.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

using test::FakeCapture;
using test::FakeConnection;
using test::kMs;
using ::testing::ElementsAre;

// "1.1 /a 100 200 A": id, target, interim responses, response and its body.
std::string text_of(const Exchange& exchange) {
    std::string text = exchange.id();
    text.append(" ").append(exchange.target());
    for (const Event& event : exchange.interim)
        text += ' ' + std::to_string(event.message->status);
    if (!exchange.response) return text + " -";
    const Message& response = *exchange.response->message;
    return text + ' ' + std::to_string(response.status) + ' ' +
           response.decoded.value_or(response.body());
}

class ExchangesTest : public ::testing::Test {
  protected:
    void add(const Event& event) { ASSERT_TRUE(exchanges_.add(event).ok()); }
    void finish() { ASSERT_TRUE(exchanges_.finish().ok()); }

    static Event request(std::uint64_t number, const std::string& target,
                         const std::string& body = "") {
        Event event = message(number, body);
        event.message->target = test::add_raw(*event.message, target);
        return event;
    }
    static Event response(std::uint64_t number, int status, const std::string& body = "") {
        Event event = message(number, body);
        event.message->kind = Message::Kind::response;
        event.message->status = status;
        event.direction = format::Direction::recv;
        event.request = std::make_shared<RequestHead>(RequestHead{"GET", "/asked", "h"});
        return event;
    }
    static Event message(std::uint64_t number, const std::string& body) {
        Event event;
        event.process = std::make_shared<Process>();
        event.connection = 1;
        if (number > 0) event.exchange = number;
        event.message = std::make_shared<Message>();
        if (!body.empty()) test::set_body(*event.message, body);
        return event;
    }

    std::vector<std::string> ended_;
    Exchanges exchanges_{[this](const Exchange& exchange) {
                             ended_.push_back(text_of(exchange));
                             return Result<void>();
                         },
                         20'000};
};

TEST_F(ExchangesTest, EndWithTheirResponses) {
    add(request(1, "/a"));
    add(request(2, "/b"));
    add(response(1, 100));
    add(response(1, 103));
    add(response(1, 200, "A"));
    EXPECT_THAT(ended_, ElementsAre("1.1 /a 100 103 200 A"));
    add(response(2, 101));
    EXPECT_THAT(ended_, ElementsAre("1.1 /a 100 103 200 A", "1.2 /b 101 "));
}

TEST_F(ExchangesTest, EndWithoutResponseAtTheEnd) {
    add(request(1, "/a"));
    add(request(2, "/b"));
    add(response(2, 200));
    finish();
    EXPECT_THAT(ended_, ElementsAre("1.2 /b 200 ", "1.1 /a -"));
}

TEST_F(ExchangesTest, OfAResponseThatOvertookItsRequest) {
    add(response(1, 200, "A"));
    add(request(1, "/a"));
    EXPECT_THAT(ended_, ElementsAre("1.1 /a 200 A"));
}

TEST_F(ExchangesTest, OfResponsesWithoutRequests) {
    Event unknown = response(0, 200, "A");
    unknown.request = nullptr;
    add(unknown);
    add(response(7, 200, "B"));
    finish();
    EXPECT_THAT(ended_, ElementsAre("  200 A", "1.7 /asked 200 B"));
}

TEST_F(ExchangesTest, KeepLongBodiesInAFile) {
    const std::string body(100'000, 'b');
    Event asked = request(1, "/a", body);
    asked.message->head_size = 2;
    const std::string raw = asked.message->raw;
    Event interim = response(1, 100);
    interim.message->decoded = body;
    std::string seen_raw;
    std::string seen_decoded;
    Exchanges exchanges(
        [&](const Exchange& exchange) {
            seen_raw = exchange.request->message->raw;
            seen_decoded = exchange.interim.at(0).message->decoded.value_or("");
            return Result<void>();
        },
        20'000);
    ASSERT_TRUE(exchanges.add(asked).ok());
    ASSERT_TRUE(exchanges.add(interim).ok());
    EXPECT_EQ(asked.message->raw, raw) << "others look at it too";
    ASSERT_TRUE(exchanges.add(response(1, 200)).ok());
    EXPECT_EQ(seen_raw, raw);
    EXPECT_EQ(seen_decoded, body);
}

TEST_F(ExchangesTest, TooManyEndWithoutTheRest) {
    for (std::uint64_t number = 1; number <= 100; ++number)
        add(request(number, "/" + std::to_string(number)));
    EXPECT_GT(ended_.size(), 50u);
    EXPECT_EQ(ended_[0], "1.1 /1 -");
    add(response(1, 200));
    add(response(100, 200));
    EXPECT_EQ(ended_.back(), "1.100 /100 200 ");
    finish();
    EXPECT_THAT(ended_, testing::Contains("1.1 /asked 200 "));
    EXPECT_EQ(ended_.size(), 101u);
}

TEST_F(ExchangesTest, AreTimedFromTheFirstByteToTheLast) {
    Exchange exchange;
    exchange.request = request(1, "/");
    exchange.request->message->first.time_ns = 100;
    exchange.request->message->last_time_ns = 150;
    EXPECT_EQ(exchange.duration_ns(), 50u);
    exchange.response = response(1, 200);
    exchange.response->message->first.time_ns = 130;
    exchange.response->message->last_time_ns = 140;
    EXPECT_EQ(exchange.duration_ns(), 50u);
    exchange.response->message->last_time_ns = 170;
    EXPECT_EQ(exchange.duration_ns(), 70u);
}

}  // namespace
}  // namespace httpprof::replay
