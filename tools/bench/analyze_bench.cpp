// What tools/bench/analyze runs:
//
//     analyze_bench make web|bulk CONNECTIONS SEED MIB FILE    writes a capture
//     analyze_bench parser ROUNDS                 times the HTTP/1 parser; JSON lines
//
// MIB is what the records have together, before they are compressed.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/bench/bulk_exchanges.h"
#include "tools/bench/parser_speed.h"
#include "tools/bench/traffic_capture.h"
#include "tools/bench/traffic_driver.h"
#include "tools/bench/web_exchanges.h"

namespace httpprof::bench {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

std::unique_ptr<ExchangeSource> exchanges_of(const std::string& kind, std::uint64_t seed) {
    if (kind == "web") return std::make_unique<WebExchanges>(seed);
    if (kind == "bulk") return std::make_unique<BulkExchanges>(seed);
    throw std::runtime_error("there is no traffic of the kind " + kind);
}

void make(const std::string& kind, std::size_t connections, std::uint64_t seed, std::uint64_t mib,
          const std::string& path) {
    const auto exchanges = exchanges_of(kind, seed);
    TrafficCapture capture(path, connections);
    TrafficDriver driver(*exchanges, connections, seed, {&capture});
    while (capture.raw_bytes() < mib * kMiB)
        driver.step();
    driver.finish();
    capture.finish();
    std::printf("{\"exchanges\": %llu}\n", static_cast<unsigned long long>(driver.exchanges()));
}

}  // namespace
}  // namespace httpprof::bench

int main(int count, char** values) {
    const std::vector<std::string> arguments(values + 1, values + count);
    try {
        if (arguments.size() == 6 && arguments[0] == "make") {
            httpprof::bench::make(arguments[1], std::stoul(arguments[2]), std::stoull(arguments[3]),
                                  std::stoull(arguments[4]), arguments[5]);
        } else if (arguments.size() == 2 && arguments[0] == "parser") {
            httpprof::bench::measure_parsers(std::stoi(arguments[1]));
        } else {
            throw std::runtime_error("see tools/bench/analyze --help");
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "analyze_bench: %s\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
