// A line for each exchange, to be read on a terminal while it happens.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "replay/emit/emitter.h"
#include "replay/emit/output.h"

namespace httpprof::replay {

struct PrettyOptions {
    unsigned width = 80;  // columns of the terminal; the target is cut to fit
    bool colour = false;
};

// Writes a line when the response is complete: time, process, peer, method, url, status, latency
// and sizes; or for a request, when it is known that none comes (AnalyzerOptions::join_responses).
// What comes from the wire cannot act on the terminal.
class PrettyEmitter final : public Emitter {
  public:
    // `options` are asked for each line, from several threads: a terminal changes its width.
    // `output` must outlive the emitter.
    PrettyEmitter(Output& output, std::function<PrettyOptions()> options)
        : output_(output), options_(std::move(options)) {}

    bool wants_environments() const override { return false; }

    void render(const Event& event, std::string& text) const override;
    Result<void> rendered(std::string_view text) override { return output_.write(text); }
    Result<void> flush() override { return output_.flush(); }
    Result<void> finish() override { return output_.finish(); }

  private:
    Output& output_;
    const std::function<PrettyOptions()> options_;
};

}  // namespace httpprof::replay
