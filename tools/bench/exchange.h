// A request and its response, as the calls that move them.
#pragma once

#include <string>
#include <vector>

namespace httpprof::bench {

struct Exchange {
    // The bytes that one call moves, at most WIRE_PAYLOAD_MAX; none is empty.
    std::vector<std::string> request;
    std::vector<std::string> response;
};

// Makes the exchanges of a workload, one after the other.
class ExchangeSource {
  public:
    virtual ~ExchangeSource() = default;
    virtual Exchange next() = 0;
};

}  // namespace httpprof::bench
