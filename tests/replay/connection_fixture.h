// A connection that is fed records, and what came of its messages.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "replay/connection.h"
#include "tests/support/fake_capture.h"

namespace httpprof::replay {

// "1:/a" is the request of exchange 1, "1=200 body" its response, "-=200 body" one of none.
inline std::string describe(const PlacedMessage& placed) {
    const Message& message = *placed.paired.message;
    const auto& exchange = placed.paired.exchange;
    const std::string number = exchange ? std::to_string(*exchange) : "-";
    if (message.kind == Message::Kind::request)
        return number + ":" + std::string(message.text(message.target));
    return number + "=" + std::to_string(message.status) +
           (message.content.empty() ? "" : " " + message.body());
}

class CollectSink final : public MessageSink {
  public:
    void on_message(PlacedMessage&& placed) override { messages.push_back(std::move(placed)); }

    // In the order in which they began.
    std::vector<std::string> described() {
        std::ranges::sort(messages, {}, [](const auto& placed) { return placed.paired.order; });
        std::vector<std::string> texts;
        for (const auto& placed : messages)
            texts.push_back(describe(placed));
        return texts;
    }

    std::vector<PlacedMessage> messages;
};

class ConnectionTest : public ::testing::Test {
  protected:
    void send(std::uint64_t ms, const std::string& bytes) {
        connection_.add(end_.sent(ms * test::kMs, bytes));
    }
    void receive(std::uint64_t ms, const std::string& bytes) {
        connection_.add(end_.received(ms * test::kMs, bytes));
    }

    test::FakeConnection end_;
    CollectSink sink_;
    Tally tally_;
    Connection connection_{7, end_.socket, sink_, tally_};
};

}  // namespace httpprof::replay
