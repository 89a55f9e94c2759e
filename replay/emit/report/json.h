// The JSON in the blocks of a report: README.md has its members. `<` and what ends a line to some
// readers is escaped, so that it can stand in a script element.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/analyzer.h"
#include "replay/emit/emitter.h"

namespace httpprof::replay {

// Appends the two lines of a message.
void append_report_message(const Event& event, std::uint64_t max_body, std::string& text);

std::string report_process(const ProcessReport& report);

std::string report_capture(const Summary& summary, const std::vector<std::string>& files,
                           const std::vector<std::string>& notes, std::uint64_t left_out);

}  // namespace httpprof::replay
