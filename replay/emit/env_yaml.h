// The environments of the processes as YAML: one document for each.
//
// A value that is UTF-8 is double-quoted, so that every loader gives back the same text whatever it
// looks like; so is a name that needs it. One that is not, or has a Unicode noncharacter, is
// !!binary. Of a name that occurs twice the first entry counts, as for getenv(3). Entries without
// "=" are listed under `malformed`; empty ones, which setproctitle(3) leaves behind, are dropped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/emit/emitter.h"
#include "replay/emit/output.h"

namespace httpprof::replay {

// "A_,B_" -> {"A_", "B_"}; spaces around a prefix and empty ones do not count.
std::vector<std::string> parse_prefix_list(std::string_view list);
std::vector<std::string> parse_prefix_lists(const std::vector<std::string>& lists);

class EnvYamlEmitter final : public Emitter {
  public:
    // Keeps the names that start with one of the prefixes, by case; all when there are none.
    // `output` must outlive the emitter.
    EnvYamlEmitter(Output& output, std::vector<std::string> prefixes)
        : output_(output), prefixes_(std::move(prefixes)), is_first_(!output.continues()) {}

    Result<void> process(const ProcessReport& report) override;
    Result<void> flush() override { return output_.flush(); }
    Result<void> finish() override { return output_.finish(); }

  private:
    Output& output_;
    std::vector<std::string> prefixes_;
    bool is_first_;
};

}  // namespace httpprof::replay
