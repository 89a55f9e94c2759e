#include "replay/filter/pattern.h"

#include <re2/re2.h>

namespace httpprof::replay {

Result<Pattern> Pattern::compile(const std::string& expression) {
    RE2::Options options;
    options.set_log_errors(false);
    auto compiled = std::make_shared<const RE2>(expression, options);
    if (!compiled->ok()) return Error{"not a regular expression: " + compiled->error()};
    return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view text) const {
    return RE2::PartialMatch(text, *compiled_);
}

}  // namespace httpprof::replay
