// Exchanges as an HTTP Archive (HAR 1.2), which browsers' developer tools open: one JSON object, in
// it an entry for each exchange, ordered by the time of their first byte.
#pragma once

#include "replay/emit/emitter.h"
#include "replay/emit/output.h"
#include "replay/exchanges.h"
#include "replay/sorted_texts.h"

namespace httpprof::replay {

class HarEmitter final : public Emitter {
  public:
    // `output` must outlive the emitter.
    explicit HarEmitter(Output& output) : output_(output) {}

    bool wants_environments() const override { return false; }

    Result<void> event(const Event& event) override { return exchanges_.add(event); }
    Result<void> finish() override;

  private:
    Result<void> add_entry(const Exchange& exchange);

    Output& output_;
    SortedTexts entries_;
    Exchanges exchanges_{[this](const Exchange& exchange) { return add_entry(exchange); }};
};

}  // namespace httpprof::replay
