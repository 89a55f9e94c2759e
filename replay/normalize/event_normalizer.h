// Replaces what changes from run to run in an event, as far as that is seen by the event alone.
#pragma once

#include <string>
#include <vector>

#include "replay/emit/emitter.h"
#include "replay/normalize/clock_text.h"
#include "replay/normalize/message_edit.h"

namespace httpprof::replay {

struct NormalizeOptions {
    // Whose values are replaced, beside those that change in every run; names of header fields
    // without regard to case.
    std::vector<std::string> headers = {};
    std::vector<std::string> variables = {};
};

// When the message was recorded.
ClockSpan clock_span_of(const Event& event);

class EventNormalizer {
  public:
    explicit EventNormalizer(NormalizeOptions options);

    // A copy without times and processes: header fields that change have a fixed value, readings of
    // the clock are reset, and so is what a coded body was sent as that has some; chunks are one.
    Message normalized(const Event& event) const;
    // A copy without what the kernel and the service manager give to a process of each run.
    Process normalized(const Process& process) const;

  private:
    // The message forgets how the values were folded.
    std::vector<Edit> replaced_values(Message& message) const;
    std::string normalized_environment(const std::string& entries) const;

    const NormalizeOptions options_;
};

}  // namespace httpprof::replay
