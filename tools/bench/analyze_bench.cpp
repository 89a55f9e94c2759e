// What tools/bench/analyze runs:
//
//     analyze_bench make web|api|bulk CONNECTIONS SEED MIB FILE [PCAP SEGMENT]
//                  writes a capture, and the same traffic in segments of at most SEGMENT bytes
//     analyze_bench parser ROUNDS                 times the HTTP/1 parser; JSON lines
//
// MIB is what the records have together, before they are compressed.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/bench/bulk_exchanges.h"
#include "tools/bench/parser_speed.h"
#include "tools/bench/traffic_capture.h"
#include "tools/bench/traffic_driver.h"
#include "tools/bench/traffic_pcap.h"
#include "tools/bench/web_exchanges.h"

namespace httpprof::bench {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

std::unique_ptr<ExchangeSource> exchanges_of(const std::string& kind, std::uint64_t seed) {
    using Mix = WebExchanges::Mix;
    if (kind == "web") return std::make_unique<WebExchanges>(seed, Mix::web);
    if (kind == "api") return std::make_unique<WebExchanges>(seed, Mix::api);
    if (kind == "bulk") return std::make_unique<BulkExchanges>(seed);
    throw std::runtime_error("there is no traffic of the kind " + kind);
}

struct Workload {
    std::string kind;
    std::size_t connections;
    std::uint64_t seed;
    std::uint64_t mib;
};

void make(const Workload& workload, const std::string& path, TrafficPcap* pcap) {
    const auto exchanges = exchanges_of(workload.kind, workload.seed);
    TrafficCapture capture(path, workload.connections);
    std::vector<TrafficSink*> sinks = {&capture};
    if (pcap != nullptr) sinks.push_back(pcap);
    TrafficDriver driver(*exchanges, workload.connections, workload.seed, sinks);
    while (capture.raw_bytes() < workload.mib * kMiB)
        driver.step();
    driver.finish();
    capture.finish();
    if (pcap != nullptr) pcap->finish();
    std::printf("{\"exchanges\": %llu}\n", static_cast<unsigned long long>(driver.exchanges()));
}

void run(const std::vector<std::string>& arguments) {
    if ((arguments.size() == 6 || arguments.size() == 8) && arguments[0] == "make") {
        const Workload workload{.kind = arguments[1],
                                .connections = std::stoul(arguments[2]),
                                .seed = std::stoull(arguments[3]),
                                .mib = std::stoull(arguments[4])};
        std::optional<TrafficPcap> pcap;
        if (arguments.size() == 8)
            pcap.emplace(arguments[6], workload.connections, std::stoul(arguments[7]));
        make(workload, arguments[5], pcap ? &*pcap : nullptr);
    } else if (arguments.size() == 2 && arguments[0] == "parser") {
        measure_parsers(std::stoi(arguments[1]));
    } else {
        throw std::runtime_error("see tools/bench/analyze --help");
    }
}

}  // namespace
}  // namespace httpprof::bench

int main(int count, char** values) {
    try {
        httpprof::bench::run({values + 1, values + count});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "analyze_bench: %s\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
