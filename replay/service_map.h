// Who calls whom: the services of a capture, and what they asked of each other.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "format/record.h"
#include "replay/emit/emitter.h"
#include "replay/groups.h"
#include "replay/quantiles.h"
#include "replay/route.h"

namespace httpprof::replay {

// A process by its name, or a peer that no recorded process is behind.
struct Service {
    std::string name;
    bool external = false;
    std::set<std::uint32_t> pids;
};

// Exchanges of one kind, and requests that no response answers at the end that is counted.
struct CallCounts {
    explicit CallCounts(std::size_t most_latencies = kMostLatencies) : latency_ns(most_latencies) {}

    std::uint64_t exchanges = 0;
    std::uint64_t client_errors = 0;  // 4xx
    std::uint64_t server_errors = 0;  // 5xx
    std::uint64_t unanswered = 0;     // not of the exchanges, nor of what is counted of these
    std::uint64_t request_bytes = 0;
    std::uint64_t response_bytes = 0;
    Quantiles latency_ns;

    std::uint64_t requests() const { return exchanges + unanswered; }
    void add(const Event& response, std::uint64_t size_of_request);
    void add(const CallCounts& other);

    static constexpr std::size_t kMostLatencies = 2048;
};

// What one service asked of another at one address.
struct Calls {
    std::string client;  // names of services
    std::string server;
    std::string address;  // of the server: "10.0.0.1:80"
    CallCounts total;
    std::map<Route, CallCounts> routes;
    CallCounts other_routes;  // beyond what is kept apart
};

struct ServiceMap {
    std::vector<Service> services;          // by name
    std::vector<Calls> calls;               // by client, server and address
    std::optional<CallCounts> other_calls;  // beyond what is kept apart
};

// An exchange between two processes of the host is recorded at both ends and counted once, as its
// client saw it: without a response where that end has none, lost or not read. Where the server's
// end is not recorded, its service is the one that was seen to serve the address; of several it is
// none. A process is named by OTEL_SERVICE_NAME of its environment, else by its command name; its
// processes are one service.
class ServiceMapBuilder {
  public:
    // Events in the order of the output, with responses joined (AnalyzerOptions).
    void add(const Event& event);
    ServiceMap finish();

  private:
    // Of a server: each network namespace has loopback addresses of its own.
    struct Place {
        format::Endpoint address;
        std::uint32_t network_namespace = 0;  // these two for a loopback address only
        std::string host = {};

        auto operator<=>(const Place&) const = default;
    };
    // The caller and whom it called, as one end knows them: a name, or an address.
    struct Edge {
        std::string client;
        bool client_is_address = false;
        std::string server;  // empty: who is behind `place` is not known yet
        Place place;

        auto operator<=>(const Edge&) const = default;
    };
    struct Unanswered {
        Edge edge;
        Route route;
        std::optional<std::uint64_t> other_end;
    };
    struct EdgeCounts {
        EdgeCounts() : routes(kMostRoutes) {}

        CallCounts total;
        Groups<Route, CallCounts> routes;
    };

    static constexpr std::size_t kMostConnections = 1'000'000;
    static constexpr std::size_t kMostPlaces = 1'000'000;
    static constexpr std::size_t kMostEdges = 5'000;
    static constexpr std::size_t kMostRoutes = 200;
    static constexpr std::size_t kMostWaiting = 65'536;

    static Place place_of(const Event& event);
    std::string service_of(const Event& event);
    const std::string& speaker_of(const Event& event, const std::string& name);
    void note_server(const Event& event, const std::string& service);
    void note_size(const Event& request);
    std::uint64_t size_of_request(const Event& response);
    const std::string* service_at(const std::optional<std::uint64_t>& connection) const;
    Edge edge_of(const Event& event, const std::string& service) const;
    void add_response(const Event& event, const std::string& service);
    void add_unanswered(const Event& event, const std::string& service);
    void count_oldest_waiting();
    const std::string* server_at(const Place& place) const;
    Calls calls_of(const Edge& edge, const EdgeCounts& counts) const;
    static void merge(Calls& calls, const Calls& others);

    std::map<std::string, std::set<std::uint32_t>> processes_;  // by the name of their service
    std::map<std::size_t, std::string> names_;                  // by the number of the process
    // Names of services: by connection, of the last ones, and by place, null where there are more.
    std::map<std::uint64_t, const std::string*> by_connection_;
    std::map<Place, const std::string*> servers_;
    Groups<Edge, EdgeCounts> edges_{kMostEdges};
    // Of requests whose response has not come, by connection and number.
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> sizes_;
    // Until their other end has come: a call that sends may return after the one that reads.
    std::deque<Unanswered> waiting_;
};

}  // namespace httpprof::replay
