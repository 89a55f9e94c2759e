// A regular expression. Matching takes time linear in the text and bounded memory, whatever the
// expression: it can be run on hostile text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "format/result.h"

namespace re2 {
class RE2;
}

namespace httpprof::replay {

class Pattern {
  public:
    // The syntax is that of RE2 (github.com/google/re2/wiki/Syntax), over UTF-8.
    static Result<Pattern> compile(const std::string& expression);

    // Whether it matches somewhere in the text.
    bool matches(std::string_view text) const;

  private:
    explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

    std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace httpprof::replay
