#include "replay/emit/otlp/otlp_emitter.h"

#include "replay/emit/otlp/resource.h"
#include "replay/emit/otlp/span.h"

namespace httpprof::replay {
namespace {

// Collectors take requests of some MiB at most.
constexpr std::size_t kMostSpans = 512;
constexpr std::size_t kMostBytes = 1024 * 1024;

// What tells the numbers of exchanges that have none, or another one at the other end, from those
// that both ends know.
constexpr std::uint64_t kUnnumbered = std::uint64_t{1} << 63;
constexpr std::uint64_t kMiscounted = std::uint64_t{1} << 62;

constexpr std::string_view kScope =
    R"("scope":{"name":"httpprof","version":")" HTTPPROF_VERSION R"("})";
// The conventions that the names are of.
constexpr std::string_view kSchema = R"("schemaUrl":"https://opentelemetry.io/schemas/1.27.0")";

}  // namespace

Result<void> OtlpFile::send(std::string_view request) {
    if (auto written = output_.write(request); !written) return written;
    return output_.write("\n");
}

Result<void> OtlpEmitter::event(const Event& event) {
    client_requests_.add(event);
    return exchanges_.add(event);
}

Result<void> OtlpEmitter::finish() {
    if (auto ended = exchanges_.finish(); !ended) return ended;
    if (auto sent = send(); !sent) return sent;
    return sink_.finish();
}

Result<void> OtlpEmitter::add(const Exchange& exchange) {
    const Event& first = exchange.first();
    const std::string span = otlp_span(
        exchange, {number_of(first), client_requests_.connection_of_client(first)}, methods_);
    const auto [entry, is_new] = groups_.try_emplace(first.process_number);
    Group& group = entry->second;
    if (is_new) {
        group.resource = otlp_resource(first);
        bytes_ += group.resource.size();
    } else {
        group.spans += ',';
    }
    group.spans += span;
    bytes_ += span.size();
    ++spans_;
    return spans_ >= kMostSpans || bytes_ >= kMostBytes ? send() : Result<void>();
}

std::uint64_t OtlpEmitter::number_of(const Event& event) {
    if (!event.exchange) return kUnnumbered + unnumbered_++;
    return *event.exchange + (event.is_miscounted ? kMiscounted : 0);
}

Result<void> OtlpEmitter::send() {
    if (groups_.empty()) return {};
    std::string request;
    for (const auto& [number, group] : groups_) {
        request += request.empty() ? R"({"resourceSpans":[)" : ",";
        request.append(R"({"resource":)").append(group.resource);
        request.append(R"(,"scopeSpans":[{)").append(kScope);
        request.append(R"(,"spans":[)").append(group.spans).append("],");
        request.append(kSchema).append("}],").append(kSchema).append("}");
    }
    request += "]}";
    groups_.clear();
    spans_ = bytes_ = 0;
    return sink_.send(request);
}

}  // namespace httpprof::replay
