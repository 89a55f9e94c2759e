// The report: the page of this folder with the data of an analysis in it, as README.md tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replay/analyzer.h"
#include "replay/emit/emitter.h"
#include "replay/emit/output.h"

namespace httpprof::replay {

struct ReportOptions {
    // Bytes of a body that are shown, and of the raw payload behind its header section.
    std::uint64_t max_body = 64 * 1024;
    std::uint64_t max_exchanges = 100'000;
    std::vector<std::string> files = {};  // names of what is read
    std::vector<std::string> notes = {};  // for people
};

class ReportEmitter final : public Emitter {
  public:
    // `output` must outlive the emitter.
    ReportEmitter(Output& output, ReportOptions options)
        : output_(output), options_(std::move(options)) {}

    void render(const Event& event, std::string& text) const override;
    Result<void> event(const Event& event) override;
    Result<void> rendered(std::string_view text) override;
    Result<void> summary(const Summary& summary) override;
    Result<void> process(const ProcessReport& report) override;
    Result<void> finish() override;

  private:
    // The exchanges of a connection come in the order of their numbers.
    struct Seen {
        std::uint64_t last = 0;        // number of an exchange
        std::uint64_t last_shown = 0;  // likewise
    };

    bool take(const Event& event);
    bool take_exchange();
    Result<void> write_message(std::string_view lines);
    Result<void> end_messages();
    Result<void> write(std::string_view text);

    Output& output_;
    const ReportOptions options_;
    std::vector<Seen> connections_;  // by number
    std::vector<bool> is_shown_;     // the events whose text comes next
    std::uint64_t exchanges_ = 0;    // in the report
    std::uint64_t left_out_ = 0;     // exchanges
    std::uint64_t written_ = 0;      // bytes
    std::size_t block_size_ = 0;     // of the messages in the block that is open
    bool has_process_ = false;
    Summary summary_;
};

}  // namespace httpprof::replay
