// Exchanges as a table (RFC 4180): a header and a row each, ordered by the time of their first
// byte.
//
// A cell without a value is empty. Cells hold UTF-8 (bytes that are not are taken as ISO-8859-1) on
// one line: control characters are written \xNN.
#pragma once

#include "replay/emit/emitter.h"
#include "replay/emit/output.h"
#include "replay/exchanges.h"
#include "replay/sorted_texts.h"

namespace httpprof::replay {

class CsvEmitter final : public Emitter {
  public:
    // `output` must outlive the emitter.
    explicit CsvEmitter(Output& output) : output_(output) {}

    bool wants_environments() const override { return false; }

    Result<void> event(const Event& event) override { return exchanges_.add(event); }
    Result<void> finish() override;

  private:
    Result<void> add_row(const Exchange& exchange);

    Output& output_;
    SortedTexts rows_;
    Exchanges exchanges_{[this](const Exchange& exchange) { return add_row(exchange); }};
};

}  // namespace httpprof::replay
