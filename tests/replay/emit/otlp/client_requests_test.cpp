#include "replay/emit/otlp/client_requests.h"

#include <memory>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

Event message(Message::Kind kind, format::Direction direction, std::uint64_t position) {
    Event event;
    event.message = std::make_shared<Message>();
    event.message->kind = kind;
    event.direction = direction;
    event.source.port = 40'000;
    event.destination.port = 80;
    event.position = position;
    return event;
}

Event of_client(std::uint64_t position) {
    return message(Message::Kind::request, format::Direction::send, position);
}

Event of_server(std::uint64_t position) {
    return message(Message::Kind::request, format::Direction::recv, position);
}

// Each end counts for itself how often positions wrapped.
TEST(ClientRequestsTest, AreFoundByTheServer) {
    constexpr std::uint64_t kWrap = std::uint64_t{1} << 32;
    ClientRequests requests;
    requests.add(of_client(kWrap + 7));
    EXPECT_TRUE(requests.has_that_of(of_server(7)));
    EXPECT_FALSE(requests.has_that_of(of_server(8)));
    EXPECT_FALSE(requests.has_that_of(of_client(7)));
}

TEST(ClientRequestsTest, AreNotThoseOfOtherConnectionsAndCaptures) {
    ClientRequests requests;
    requests.add(of_client(7));
    Event other_port = of_server(7);
    other_port.source.port = 40'001;
    EXPECT_FALSE(requests.has_that_of(other_port));
    Event other_capture = of_server(7);
    other_capture.capture_id = std::make_shared<const std::string>("other");
    EXPECT_FALSE(requests.has_that_of(other_capture));
}

TEST(ClientRequestsTest, AreNotResponsesNorOfServers) {
    ClientRequests requests;
    requests.add(message(Message::Kind::response, format::Direction::recv, 7));
    requests.add(of_server(7));
    EXPECT_FALSE(requests.has_that_of(of_server(7)));
}

TEST(ClientRequestsTest, AreTheLastOnes) {
    ClientRequests requests(2);
    for (const std::uint64_t position : {1u, 2u, 2u, 3u})
        requests.add(of_client(position));
    EXPECT_FALSE(requests.has_that_of(of_server(1)));
    EXPECT_TRUE(requests.has_that_of(of_server(2)));
    EXPECT_TRUE(requests.has_that_of(of_server(3)));
}

}  // namespace
}  // namespace httpprof::replay
