#include "replay/emit/otlp/client_requests.h"

#include <memory>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

Event message(Message::Kind kind, format::Direction direction, std::uint64_t connection,
              std::uint64_t exchange) {
    Event event;
    event.message = std::make_shared<Message>();
    event.message->kind = kind;
    event.direction = direction;
    event.connection = connection;
    event.exchange = exchange;
    return event;
}

Event of_client(std::uint64_t connection, std::uint64_t exchange) {
    return message(Message::Kind::request, format::Direction::send, connection, exchange);
}

Event of_server(std::uint64_t exchange) {
    Event event = message(Message::Kind::request, format::Direction::recv, 2, exchange);
    event.other_end = 1;
    return event;
}

TEST(ClientRequestsTest, AreFoundByTheServer) {
    ClientRequests requests;
    requests.add(of_client(1, 7));
    EXPECT_TRUE(requests.has_that_of(of_server(7)));
    EXPECT_FALSE(requests.has_that_of(of_server(8)));
    Event alone = of_server(7);
    alone.other_end.reset();
    EXPECT_FALSE(requests.has_that_of(alone));
}

TEST(ClientRequestsTest, AreNotThoseThatAreMiscounted) {
    ClientRequests requests;
    Event miscounted = of_client(1, 7);
    miscounted.is_miscounted = true;
    requests.add(miscounted);
    EXPECT_FALSE(requests.has_that_of(of_server(7)));
    requests.add(of_client(1, 7));
    Event miscounted_there = of_server(7);
    miscounted_there.is_miscounted = true;
    EXPECT_FALSE(requests.has_that_of(miscounted_there));
}

TEST(ClientRequestsTest, AreNotResponsesNorOfServers) {
    ClientRequests requests;
    requests.add(message(Message::Kind::response, format::Direction::recv, 1, 7));
    requests.add(message(Message::Kind::request, format::Direction::recv, 1, 7));
    EXPECT_FALSE(requests.has_that_of(of_server(7)));
}

TEST(ClientRequestsTest, AreTheLastOnes) {
    ClientRequests requests(2);
    for (const std::uint64_t number : {1u, 2u, 2u, 3u})
        requests.add(of_client(1, number));
    EXPECT_FALSE(requests.has_that_of(of_server(1)));
    EXPECT_TRUE(requests.has_that_of(of_server(2)));
    EXPECT_TRUE(requests.has_that_of(of_server(3)));
}

}  // namespace
}  // namespace httpprof::replay
