// What a collector says to a request that it took.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace httpprof::replay {

struct PartialSuccess {
    std::uint64_t rejected_spans = 0;
    std::string message;  // empty: none
};

// Out of an ExportTraceServiceResponse in JSON. One that is not understood rejects nothing.
PartialSuccess partial_success_in(std::string_view response);

}  // namespace httpprof::replay
