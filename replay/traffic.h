// What events add up to.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "replay/emit/emitter.h"
#include "replay/groups.h"
#include "replay/quantiles.h"
#include "replay/route.h"

namespace httpprof::replay {

struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t responses = 0;
    std::uint64_t exchanges = 0;  // final responses whose request is known
    std::uint64_t requests_without_response = 0;
    std::uint64_t responses_without_request = 0;
    std::uint64_t bytes = 0;                     // of messages on the wire
    std::array<std::uint64_t, 6> by_class = {};  // responses by first digit; 0: not 1 to 5

    void add(const Event& event);
    Counts& operator+=(const Counts& other);

    std::uint64_t errors() const { return by_class[4] + by_class[5]; }
};

struct TimedCounts {
    explicit TimedCounts(std::size_t most_latencies) : latency_ns(most_latencies) {}

    Counts counts;
    Quantiles
        latency_ns;  // of exchanges: from the first byte of the request to that of the response
};

// An exchange between two processes of the host is recorded at both ends, and takes longer at the
// client's: the sides are counted apart.
template <typename T>
struct BySide {
    T client;
    T server;

    T& of(Side side) { return side == Side::client ? client : server; }
};

struct RouteCounts : BySide<TimedCounts> {
    RouteCounts();
};

struct ProcessName {
    std::size_t number = 0;  // in the analysis
    std::uint32_t pid = 0;
    std::string comm;

    auto operator<=>(const ProcessName&) const = default;
};

class Traffic {
  public:
    // In the order of the output. Requests say how they were answered (AnalyzerOptions,
    // join_responses).
    void add(const Event& event);

    std::uint64_t connections() const { return connections_; }
    const BySide<TimedCounts>& total() const { return total_; }
    // A response whose request is not known is in none of these but the processes.
    const auto& methods() const { return methods_; }
    const auto& hosts() const { return hosts_; }
    const auto& processes() const { return processes_; }
    const auto& routes() const { return routes_; }

  private:
    // What peers and hostile traffic can make many of.
    static constexpr std::size_t kMostMethods = 100;
    static constexpr std::size_t kMostHosts = 2'000;
    static constexpr std::size_t kMostProcesses = 10'000;
    static constexpr std::size_t kMostRoutes = 2'000;
    // Different latencies; errors are below 0.1 % while these are enough for 512 in each power of
    // two between the smallest and the largest.
    static constexpr std::size_t kMostLatencies = 8'192;

    void count_connection(std::uint64_t number);

    std::uint64_t connections_ = 0;
    std::vector<bool> seen_connections_;  // by number
    BySide<TimedCounts> total_{TimedCounts(kMostLatencies), TimedCounts(kMostLatencies)};
    Groups<std::string, BySide<Counts>> methods_{kMostMethods};
    Groups<std::string, BySide<Counts>> hosts_{kMostHosts};
    Groups<ProcessName, BySide<Counts>> processes_{kMostProcesses};
    Groups<Route, RouteCounts> routes_{kMostRoutes};
};

}  // namespace httpprof::replay
