// Sends spans to a collector by OTLP/HTTP (opentelemetry-proto, docs/specification.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"
#include "replay/emit/otlp/otlp_emitter.h"
#include "tools/httpprof/otlp_headers.h"

namespace httplib {
class ClientImpl;
}

namespace httpprof::cli {

class OtlpClient final : public replay::OtlpSink {
  public:
    // Does not connect yet. `wait` returns when so much time has passed.
    using Wait = std::function<void(std::chrono::milliseconds)>;
    static Result<std::unique_ptr<OtlpClient>> open(const std::string& url,
                                                    const std::vector<HeaderField>& headers,
                                                    Wait wait);
    ~OtlpClient() override;

    // A collector that is busy is asked again a few times, not before it says.
    Result<void> send(std::string_view request) override;
    Result<void> finish() override { return {}; }

    // What the collector left out of the requests that it took.
    std::uint64_t rejected_spans() const { return rejected_spans_; }
    // The last thing that it said of them; empty for nothing.
    const std::string& remark() const { return remark_; }

  private:
    struct Answer;

    OtlpClient(std::string url, std::string path, std::unique_ptr<httplib::ClientImpl> client,
               Wait wait);
    Answer post(std::string_view request);
    Error failure(const Answer& answer) const;
    void take(const Answer& answer);

    const std::string url_;  // for messages
    const std::string path_;
    const std::unique_ptr<httplib::ClientImpl> client_;
    const Wait wait_;
    std::uint64_t taken_ = 0;  // requests
    std::uint64_t rejected_spans_ = 0;
    std::string remark_;
};

}  // namespace httpprof::cli
