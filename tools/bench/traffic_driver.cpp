#include "tools/bench/traffic_driver.h"

#include <string>

namespace httpprof::bench {
namespace {

// The ephemeral ports of Linux.
constexpr std::uint16_t kFirstPort = 32768;
constexpr std::uint16_t kLastPort = 60999;

}  // namespace

TrafficDriver::TrafficDriver(ExchangeSource& exchanges, std::size_t connections, std::uint64_t seed,
                             std::vector<TrafficSink*> sinks)
    : source_(exchanges),
      made_up_(seed),
      sinks_(std::move(sinks)),
      connections_(connections),
      next_port_(kFirstPort) {}

void TrafficDriver::step() {
    const std::size_t slot = made_up_.draw(0, connections_.size() - 1);
    Connection& connection = connections_[slot];
    if (!connection.is_open) open(slot);
    if (connection.calls.empty()) begin_exchange(connection);
    make_next_call(slot);
    if (connection.calls.empty() && connection.exchanges_left == 0) close(slot);
}

void TrafficDriver::finish() {
    for (std::size_t slot = 0; slot < connections_.size(); ++slot) {
        if (!connections_[slot].is_open) continue;
        while (!connections_[slot].calls.empty())
            make_next_call(slot);
        close(slot);
    }
}

void TrafficDriver::open(std::size_t slot) {
    connections_[slot].is_open = true;
    connections_[slot].exchanges_left = made_up_.draw(1, 100);
    const std::uint64_t now = next_time();
    for (TrafficSink* sink : sinks_)
        sink->open(slot, next_port_, now);
    next_port_ = next_port_ == kLastPort ? kFirstPort : static_cast<std::uint16_t>(next_port_ + 1);
}

void TrafficDriver::begin_exchange(Connection& connection) {
    Exchange exchange = source_.next();
    for (std::string& call : exchange.request)
        connection.calls.emplace_back(Flow::to_server, std::move(call));
    for (std::string& call : exchange.response)
        connection.calls.emplace_back(Flow::to_client, std::move(call));
    --connection.exchanges_left;
    ++count_;
}

void TrafficDriver::make_next_call(std::size_t slot) {
    auto& calls = connections_[slot].calls;
    const auto& [flow, bytes] = calls.front();
    const std::uint64_t now = next_time();
    for (TrafficSink* sink : sinks_)
        sink->transfer(slot, flow, bytes, now);
    calls.pop_front();
}

void TrafficDriver::close(std::size_t slot) {
    connections_[slot].is_open = false;
    const std::uint64_t now = next_time();
    for (TrafficSink* sink : sinks_)
        sink->close(slot, now);
}

std::uint64_t TrafficDriver::next_time() {
    return time_ns_ += made_up_.draw(500, 60'000);
}

}  // namespace httpprof::bench
