// Exchanges as spans of OpenTelemetry: OTLP/JSON (opentelemetry-proto 1.x), in requests as a
// collector takes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "replay/emit/emitter.h"
#include "replay/emit/otlp/client_requests.h"
#include "replay/emit/otlp/known_methods.h"
#include "replay/emit/output.h"
#include "replay/exchanges.h"

namespace httpprof::replay {

class OtlpSink {
  public:
    virtual ~OtlpSink() = default;
    // An ExportTraceServiceRequest: JSON without a line end.
    virtual Result<void> send(std::string_view request) = 0;
    virtual Result<void> finish() = 0;
};

// A request on each line, as the collector's file exporter has it.
class OtlpFile final : public OtlpSink {
  public:
    // `output` must outlive this.
    explicit OtlpFile(Output& output) : output_(output) {}

    Result<void> send(std::string_view request) override;
    Result<void> finish() override { return output_.finish(); }

  private:
    Output& output_;
};

class OtlpEmitter final : public Emitter {
  public:
    // `sink` must outlive the emitter.
    explicit OtlpEmitter(OtlpSink& sink, KnownMethods methods = known_methods())
        : sink_(sink), methods_(std::move(methods)) {}

    Result<void> event(const Event& event) override;
    Result<void> finish() override;

  private:
    Result<void> add(const Exchange& exchange);
    Result<void> send();

    OtlpSink& sink_;
    const KnownMethods methods_;
    ClientRequests client_requests_;
    Exchanges exchanges_{[this](const Exchange& exchange) { return add(exchange); }};
    // Of the next request, by the number of the process: all but the end of what is said of it.
    std::map<std::size_t, std::string> groups_;
    std::size_t spans_ = 0;  // in those
    std::size_t bytes_ = 0;  // that they will take at most
};

}  // namespace httpprof::replay
