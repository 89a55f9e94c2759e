#include "replay/emit/otlp/otlp_emitter.h"

#include "replay/emit/otlp/resource.h"
#include "replay/emit/otlp/span.h"

namespace httpprof::replay {
namespace {

// Collectors take requests of some MiB at most, and by default lines of files of up to 1 MiB with
// their end. The last KiB of that is for what is around the groups, and for readers that count
// more.
constexpr std::size_t kMostSpans = 512;
constexpr std::size_t kMostRequestBytes = 1024 * 1024 - 1024;

// The spans of a process stand between these, with the resource before them. The schema is that of
// the conventions that the names are of.
constexpr std::string_view kBehindResource =
    R"(,"scopeSpans":[{"scope":{"name":"httpprof","version":")" HTTPPROF_VERSION R"("},"spans":[)";
constexpr std::string_view kBehindSpans =
    R"(],"schemaUrl":"https://opentelemetry.io/schemas/1.27.0"}],)"
    R"("schemaUrl":"https://opentelemetry.io/schemas/1.27.0"})";

// At most: the end of a group is counted with each of its spans.
std::size_t size_of_group(std::string_view before, std::string_view span) {
    return before.size() + span.size() + kBehindSpans.size() + 1;
}

std::string beginning_of_group(const Event& event) {
    return R"({"resource":)" + otlp_resource(event) + std::string(kBehindResource);
}

}  // namespace

Result<void> OtlpFile::send(std::string_view request) {
    if (auto written = output_.write_json(request); !written) return written;
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
    const std::string span = otlp_span(exchange, client_requests_.has_that_of(first), methods_);
    std::string before = groups_.contains(first.process_number) ? "," : beginning_of_group(first);
    if (spans_ > 0 && bytes_ + size_of_group(before, span) > kMostRequestBytes) {
        if (auto sent = send(); !sent) return sent;
        before = beginning_of_group(first);
    }
    groups_[first.process_number].append(before).append(span);
    bytes_ += size_of_group(before, span);
    ++spans_;
    return spans_ == kMostSpans ? send() : Result<void>();
}

Result<void> OtlpEmitter::send() {
    if (groups_.empty()) return {};
    std::string request;
    for (const auto& [number, group] : groups_) {
        request += request.empty() ? R"({"resourceSpans":[)" : ",";
        request.append(group).append(kBehindSpans);
    }
    request += "]}";
    groups_.clear();
    spans_ = bytes_ = 0;
    return sink_.send(request);
}

}  // namespace httpprof::replay
