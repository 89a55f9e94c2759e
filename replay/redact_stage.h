// Overwrites the secrets in events and processes before they are shown.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "replay/event_pipeline.h"

namespace httpprof::replay {

// What is taken for a secret, and overwritten in place, is what `httpprof redact` takes for one
// (format/README.md, "Redaction"). Decoded bodies are redacted too, so this comes behind decoding;
// of coded ones that held a secret, or that could not be decoded, nothing is shown as it was sent.
class RedactStage final : public EventStage {
  public:
    RedactStage();
    ~RedactStage() override;

    Result<bool> apply(Event& event) const override;
    std::shared_ptr<const Process> show(std::shared_ptr<const Process> process) const override;

  private:
    struct Worker;
    class Borrowed;

    std::shared_ptr<const Process> kept(const std::shared_ptr<const Process>& process) const;
    void keep(const std::shared_ptr<const Process>& process,
              const std::shared_ptr<const Process>& redacted) const;

    mutable std::mutex mutex_;
    // One for each thread that is at work.
    mutable std::vector<std::unique_ptr<Worker>> idle_;
    // Redacted ones by the process: a process has many events.
    mutable std::map<std::weak_ptr<const Process>, std::shared_ptr<const Process>,
                     std::owner_less<>>
        kept_;
    mutable std::size_t kept_bytes_ = 0;
};

}  // namespace httpprof::replay
