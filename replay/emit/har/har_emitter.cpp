#include "replay/emit/har/har_emitter.h"

#include <string>
#include <string_view>
#include <utility>

#include "replay/emit/har/entry.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kBegin =
    R"({"log":{"version":"1.2","creator":{"name":"httpprof","version":")" HTTPPROF_VERSION
    R"("},"entries":[)"
    "\n";
constexpr std::string_view kEnd = "]}}\n";

}  // namespace

Result<void> HarEmitter::add_entry(const Exchange& exchange) {
    return entries_.add(exchange.first().realtime_ns, har_entry(exchange));
}

Result<void> HarEmitter::finish() {
    if (auto ended = exchanges_.finish(); !ended) return ended;
    if (auto written = output_.write(kBegin); !written) return written;
    bool is_first = true;
    const auto written = entries_.give_to([&](std::string_view entry) {
        if (!std::exchange(is_first, false)) {
            if (auto comma = output_.write(","); !comma) return comma;
        }
        return output_.write_json(entry);
    });
    if (!written) return written;
    const auto ended = output_.write(kEnd);
    return ended ? output_.finish() : ended;
}

}  // namespace httpprof::replay
